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
        "\v=1",
        "\u00a0=1",
        "\ufeff=1",
        "\u200b=1",
    ],
)
def test_what_begins_like_a_formula_becomes_text(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("a;=1", "a;'=1"),
        ("a\t@SUM(A1)", "a\t'@SUM(A1)"),
        ("a\n=1", "a\n'=1"),
        ("a\r\n +1", "a\r\n' +1"),
        ('a";"=1', 'a";\'"=1'),
        ("a|-1", "a|'-1"),
        ("=1;=2", "'=1;'=2"),
    ],
)
def test_nor_what_another_separator_makes_a_cell_of_its_own(text: str, safe: str) -> None:
    """Spreadsheets of many countries split at semicolons, whatever stands around them."""
    assert safe_cell(text) == safe


@pytest.mark.parametrize("value", ["a; b", "x, -y", "x-z", "a - b", "2026-11-21T10:00:00+01:00"])
def test_usual_text_stays(value: str) -> None:
    assert safe_cell(value) == value


@pytest.mark.parametrize("value", ["Acme", "a=b", "", None, 12, "2026-11-21"])
def test_anything_else_stays(value: object) -> None:
    assert safe_cell(value) == ("" if value is None else str(value))


def test_rows_come_back_as_they_were() -> None:
    rows = [['say "hi"', "a,b", "two\nlines"], ["x", "y", "z"]]
    assert list(csv.reader(io.StringIO(csv_text("abc", rows), newline=""))) == [[*"abc"], *rows]
