"""Cells of CSV files that spreadsheets take for text, whoever chose them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

# What makes a cell a formula, the last two once a program has trimmed them (OWASP, CSV Injection);
# full-width forms are taken for the same signs in some locales.
_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def safe_cell(value: object) -> str:
    """Return ``value`` as text that is no formula: behind an apostrophe if it begins like one."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def csv_text(head: Iterable[str] | None, rows: Iterable[Iterable[object]]) -> str:
    """Return a CSV file (RFC 4180) with a first line of names; without ``head`` a part of one."""
    out = io.StringIO()
    writer = csv.writer(out)
    if head is not None:
        writer.writerow(head)
    writer.writerows([safe_cell(value) for value in row] for row in rows)
    return out.getvalue()
