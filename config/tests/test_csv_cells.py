"""No cell of a CSV file is a formula."""

from __future__ import annotations

import csv
import io

import pytest

from config.csv_cells import csv_text, safe_cell


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        "\uff1d1",
        "=cmd|' /C calc'!A0",
    ],
)
def test_what_begins_like_a_formula_becomes_text(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["Acme", "a=b", "", None, 12, "2026-11-21"])
def test_anything_else_stays(value: object) -> None:
    assert safe_cell(value) == ("" if value is None else str(value))


def test_rows_come_back_as_they_were() -> None:
    rows = [['say "hi"', "a,b", "two\nlines"], ["x", "y", "z"]]
    assert list(csv.reader(io.StringIO(csv_text("abc", rows), newline=""))) == [[*"abc"], *rows]
