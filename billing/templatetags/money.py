"""Amounts of money, and sentences about them."""

from __future__ import annotations

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.template.defaultfilters import filesizeformat

from billing.models import UsageAlert

register = template.Library()
SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}


@register.filter
def money(amount: int, currency: str = "EUR") -> str:
    """Return an amount in minor units as people read it: ``€1,234.50``."""
    sign = SIGNS.get(currency, f"{currency} ")
    units, cents = divmod(abs(amount), 100)
    return f"{'−' if amount < 0 else ''}{sign}{intcomma(units)}.{cents:02}"


@register.filter
def price(amount: int, currency: str = "EUR") -> str:
    """Return a price, without cents where there are none: ``€19``."""
    return money(amount, currency).removesuffix(".00")


@register.filter
def alert_sentence(alert: UsageAlert) -> str:
    """Return what an alert says in figures."""
    if alert.unit == UsageAlert.Unit.SPEND:
        return f"{money(alert.used)} of the cap of {money(alert.limit)} is spent."
    if alert.unit == UsageAlert.Unit.BYTES:
        sizes = [filesizeformat(each).replace("\xa0", " ") for each in (alert.used, alert.limit)]
        return f"{sizes[0]} of {sizes[1]} are marked."
    return f"{intcomma(alert.used)} of {intcomma(alert.limit)} {alert.unit} are marked."


@register.filter
def data(count: int) -> str:
    """Return a number of bytes as people read it, less than nothing too."""
    size = filesizeformat(abs(count)).replace("\xa0", " ")
    return f"−{size}" if count < 0 else size


@register.filter
def amount(value: int, metric: str) -> str:
    """Return a quantity of ``metric``."""
    return data(value) if metric == "bytes" else intcomma(value)


@register.filter
def metric_name(metric: str) -> str:
    """Return what people call a metric."""
    return {"bytes": "Data"}.get(metric, metric.capitalize())


@register.filter
def value_of(line: object, metric: str) -> int:
    """Return a line's quantity of ``metric``."""
    return int(getattr(line, metric))
