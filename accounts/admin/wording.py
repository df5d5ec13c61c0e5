"""Numbers as staff read them."""

from __future__ import annotations

from math import inf

from django.contrib.humanize.templatetags.humanize import intcomma
from django.template.defaultfilters import filesizeformat

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def count(number: float) -> str:
    """Return a whole number: ``12,345``."""
    return str(intcomma(int(number)))


def data(number: int) -> str:
    """Return a number of bytes: ``1.2 GB``."""
    return filesizeformat(number).replace("\xa0", " ")


def age(seconds: float | None) -> str:
    """Return how long something has waited, in its two largest units: ``2 h 5 min``; – for None."""
    if seconds is None:
        return "–"
    if seconds < 60:
        return f"{max(0, round(seconds))} s"
    for index, (size, unit) in enumerate(_UNITS):
        if seconds >= size:
            whole, rest = divmod(int(seconds), size)
            smaller = _UNITS[index + 1 :][:1]
            more = [f" {rest // each} {name}" for each, name in smaller if rest >= each]
            return f"{whole} {unit}{''.join(more)}"
    return ""


def taken(seconds: float) -> str:
    """Return how long a request took: ``87 ms``, ``1.4 s``; what lies past all buckets so."""
    if seconds == inf:
        return "over 10 s"
    return f"{round(seconds * 1000)} ms" if seconds < 1 else f"{seconds:.1f} s"


def percent(part: float) -> str:
    """Return a share: ``0.4 %``."""
    return f"{part:.1f} %"
