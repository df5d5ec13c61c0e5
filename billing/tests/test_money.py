"""Amounts with the digits of their currency, there and back."""

from __future__ import annotations

from decimal import Decimal

import pytest

from billing.money import in_minor_units, in_units, written
from billing.templatetags.money import price


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (123_450, "EUR", "€1,234.50"),
        (5, "USD", "$0.05"),
        (-5, "EUR", "−€0.05"),
        (123_450, "JPY", "¥123,450"),
        (1_234_567, "KWD", "KWD\xa01,234.567"),
        (0, "CHF", "CHF\xa00.00"),
    ],
)
def test_amounts_as_people_read_them(amount: int, currency: str, text: str) -> None:
    assert written(amount, currency) == text
    assert in_minor_units(in_units(amount, currency), currency) == amount


def test_what_is_typed_is_exact() -> None:
    assert in_minor_units(Decimal("0.29"), "EUR") == 29
    assert in_minor_units(Decimal("1e2"), "EUR") == 10_000


def test_prices_have_no_empty_cents() -> None:
    assert (price(1_900), price(1_950), price(1_900, "JPY")) == ("€19", "€19.50", "¥1,900")
