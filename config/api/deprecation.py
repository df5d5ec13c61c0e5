"""Operations that are going to end: told in every answer and in the OpenAPI document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.utils.http import http_date

F = TypeVar("F", bound=Callable[..., Any])
_NAME = "deprecation"


@dataclass(frozen=True, slots=True)
class Deprecation:
    """Since when an operation should not be used any more, from when on it may be gone."""

    since: datetime
    sunset: datetime | None
    guide: str

    def headers(self) -> Mapping[str, str]:
        """Return what answers carry (RFC 9745, 2; RFC 8594, 3)."""
        told = {"Deprecation": f"@{int(self.since.timestamp())}"}
        if self.sunset is not None:
            told["Sunset"] = http_date(self.sunset.timestamp())
        if self.guide:
            told["Link"] = f'<{self.guide}>; rel="deprecation"; type="text/html"'
        return told


def deprecated(
    *, since: datetime, sunset: datetime | None = None, guide: str = ""
) -> Callable[[F], F]:
    """Mark one method of an ``Endpoint``; ``guide`` is where it stands what to use instead.

    Raises ValueError for instants without a time zone, and for a sunset that comes first.
    """
    if since.tzinfo is None or (sunset is not None and sunset.tzinfo is None):
        raise ValueError("An instant needs a time zone.")
    if sunset is not None and sunset < since:
        raise ValueError("Nothing is gone before it is deprecated (RFC 9745, 3).")

    def mark(method: F) -> F:
        setattr(method, _NAME, Deprecation(since, sunset, guide))
        return method

    return mark


def deprecation_of(view: type, method: str) -> Deprecation | None:
    """Return what is said of a view's method; of HEAD what is said of GET."""
    name = "get" if method == "HEAD" else method.lower()
    found: Deprecation | None = getattr(getattr(view, name, None), _NAME, None)
    return found
