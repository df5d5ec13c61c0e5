"""What people say of themselves."""

from __future__ import annotations

from accounts.models import User
from accounts.zones import is_zone
from config.errors import Invalid


class UnknownZone(Invalid):
    """No time zone of this name is offered."""

    code = "unknown_time_zone"
    message = "There is no such time zone."


def save_profile(*, user: User, name: str, time_zone: str) -> None:
    """Save a person's name and the zone in which pages tell them moments. Raises UnknownZone."""
    if not is_zone(time_zone):
        raise UnknownZone
    user.name, user.time_zone = name.strip(), time_zone
    user.save(update_fields=["name", "time_zone"])
