"""Amounts of money, and sentences about them."""

from __future__ import annotations

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.template.defaultfilters import filesizeformat

from billing.models import UsageAlert
from billing.money import DEFAULT_CURRENCY, amount, data, written

register = template.Library()
register.filter(data)
register.filter(amount)


@register.filter
def money(amount: int, currency: str = DEFAULT_CURRENCY) -> str:
    """Return an amount in minor units as people read it: ``€1,234.50``."""
    return written(amount, currency)


@register.filter
def price(amount: int, currency: str = DEFAULT_CURRENCY) -> str:
    """Return a price, without cents where there are none: ``€19``."""
    whole, _, rest = written(amount, currency).partition(".")
    return f"{whole}.{rest}" if rest.strip("0") else whole


@register.filter
def alert_sentence(alert: UsageAlert, currency: str = DEFAULT_CURRENCY) -> str:
    """Return what an alert says in figures."""
    if alert.unit in (UsageAlert.Unit.SPEND, UsageAlert.Unit.KEY_SPEND):
        spent, cap = written(alert.used, currency), written(alert.limit, currency)
        return f"{spent} of the cap of {cap} is spent."
    if alert.unit == UsageAlert.Unit.BYTES:
        sizes = [filesizeformat(each).replace("\xa0", " ") for each in (alert.used, alert.limit)]
        return f"{sizes[0]} of {sizes[1]} are marked."
    return f"{intcomma(alert.used)} of {intcomma(alert.limit)} {alert.unit} are marked."


@register.filter
def metric_name(metric: str) -> str:
    """Return what people call a metric."""
    return {"bytes": "Data"}.get(metric, metric.capitalize())


@register.filter
def value_of(line: object, metric: str) -> int:
    """Return a line's quantity of ``metric``."""
    return int(getattr(line, metric))
