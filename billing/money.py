"""Amounts of money: kept in minor units, shown with the digits that their currency has."""

from __future__ import annotations

from decimal import Decimal

from django.contrib.humanize.templatetags.humanize import intcomma
from django.template.defaultfilters import filesizeformat

DEFAULT_CURRENCY = "EUR"
BASIS_POINTS = 10_000
SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}
# Of ISO 4217; all others have two.
NO_DIGITS = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split())
THREE_DIGITS = frozenset("BHD IQD JOD KWD LYD OMR TND".split())


def digits(currency: str) -> int:
    """Return how many digits an amount has behind its point."""
    if currency in NO_DIGITS:
        return 0
    return 3 if currency in THREE_DIGITS else 2


def sign(currency: str) -> str:
    """Return what stands before an amount."""
    return SIGNS.get(currency, f"{currency}\xa0")


def in_units(amount: int, currency: str) -> Decimal:
    """Return an amount in minor units as a number of whole ones: ``Decimal("50.00")``."""
    return Decimal(amount).scaleb(-digits(currency))


def in_minor_units(units: Decimal, currency: str) -> int:
    """Return the reverse."""
    return int(units.scaleb(digits(currency)))


def written(amount: int, currency: str = DEFAULT_CURRENCY) -> str:
    """Return an amount in minor units as people read it: ``€1,234.50``."""
    units, _, rest = f"{in_units(abs(amount), currency):f}".partition(".")
    whole = f"{sign(currency)}{intcomma(units)}"
    return f"{'−' if amount < 0 else ''}{whole}{'.' if rest else ''}{rest}"


def share(amount: int, part: int, whole: int) -> int:
    """Return ``amount`` times ``part`` of ``whole``, to the nearest minor unit, halves away from 0.

    The one place at which money is rounded, but for further pages, of which a begun minor unit
    counts (services/spending.py).
    """
    doubled = 2 * abs(amount) * part + whole
    return (doubled // (2 * whole)) * (-1 if amount < 0 else 1)


def tax_on(net: int, rate: int) -> int:
    """Return the tax on an amount at ``rate`` basis points: once, on the sum of a document."""
    return share(net, rate, BASIS_POINTS)


def percent(rate: int) -> str:
    """Return a rate in basis points as people read it: ``19 %``, ``7.5 %``."""
    return f"{Decimal(rate).scaleb(-2).normalize():f} %"


def data(count: int) -> str:
    """Return a number of bytes as people read it, less than nothing too."""
    size = filesizeformat(abs(count)).replace("\xa0", " ")
    return f"−{size}" if count < 0 else size


def amount(value: int, metric: str) -> str:
    """Return a quantity of ``metric``."""
    return data(value) if metric == "bytes" else str(intcomma(value))
