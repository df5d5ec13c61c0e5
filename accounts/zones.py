"""Time zones of people: which there are, and telling moments in one."""

from __future__ import annotations

from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from django.utils import timezone

UTC = "UTC"
# The others are old names of these, and offsets, which know no summer time.
_REGIONS = (
    *("Africa", "America", "Antarctica", "Arctic", "Asia"),
    *("Atlantic", "Australia", "Europe", "Indian", "Pacific"),
)


@cache
def zones() -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Return what a person chooses from: by region, each as its name and how people read it."""
    named = sorted(name.split("/", 1) for name in available_timezones() if "/" in name)
    return (
        (UTC, ((UTC, UTC),)),
        *(
            (region, tuple((f"{region}/{place}", _readable(place)) for place in places))
            for region in _REGIONS
            if (places := [place for where, place in named if where == region])
        ),
    )


def is_zone(name: str) -> bool:
    """Whether somebody may choose ``name``."""
    return any(name == each for _, choices in zones() for each, _ in choices)


def enter_zone(name: str) -> None:
    """Tell the moments of this request's page in the zone; in UTC where its rules are missing."""
    try:
        timezone.activate(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        timezone.deactivate()


def _readable(place: str) -> str:
    return place.replace("_", " ").replace("/", ", ")
