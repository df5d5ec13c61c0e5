"""Cells of CSV files that spreadsheets take for text, whoever chose them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

# What makes a cell a formula (OWASP, CSV Injection), also behind what programs trim: spaces of all
# kinds, marks of no width. Full-width forms are taken for the same signs in some locales. A cell
# begins as well behind what another locale, or a guessing program, takes for a separator: quotes
# do not keep those from splitting there.
_TRIMMED = r"\s\x00-\x1f\u200b-\u200f\u2060\ufeff"
_FORMULA = re.compile(rf'(^|\r\n|[;|\t\r\n])([{_TRIMMED}"]*[=+\-@\uff1d\uff0b\uff0d\uff20])')

_DROPPED = ("\t", "\r", "\n")


def safe_cell(value: object) -> str:
    """Return ``value`` as text that is no formula: behind an apostrophe where one would begin."""
    text = "" if value is None else str(value)
    safe = _FORMULA.sub(r"\1'\2", text)
    # Some programs drop a tab or an end of line at the start, and read on behind it.
    return f"'{safe}" if safe[:1] in _DROPPED else safe


def csv_text(head: Iterable[str] | None, rows: Iterable[Iterable[object]]) -> str:
    """Return a CSV file (RFC 4180) with a first line of names; without ``head`` a part of one."""
    out = io.StringIO()
    writer = csv.writer(out)
    if head is not None:
        writer.writerow(head)
    writer.writerows([safe_cell(value) for value in row] for row in rows)
    return out.getvalue()
