"""What people say of themselves."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession

from accounts.models import Membership, Notification, TokenGrant, User
from accounts.zones import is_zone
from config.database.reach import all_tenants
from config.errors import Invalid

PERSON = ("id", "email", "name", "time_zone", "is_staff", "created_at", "last_login")


class UnknownZone(Invalid):
    """No time zone of this name is offered."""

    code = "unknown_time_zone"
    message = "There is no such time zone."


def own_data(*, user: User) -> dict[str, Any]:
    """Return what is kept of a person, wherever they are a member; secrets are not told."""
    with all_tenants():
        places = Membership.objects.filter(user=user).order_by("created_at", "id")
        told = Notification.objects.filter(membership__user=user)
        log_ins = TokenGrant.objects.filter(membership__user=user)
        return {
            "person": {name: getattr(user, name) for name in PERSON},
            "addresses": list(
                EmailAddress.objects.filter(user=user).values("email", "verified", "primary")
            ),
            "workspaces": list(places.values("tenant__id", "tenant__name", "role", "created_at")),
            "two_step_log_in": list(
                Authenticator.objects.filter(user=user).values("type", "created_at", "last_used_at")
            ),
            "sessions": list(
                UserSession.objects.filter(user=user).values(
                    "ip", "user_agent", "created_at", "last_seen_at"
                )
            ),
            "programs": list(
                log_ins.values("ip", "user_agent", "created_at", "last_used_at", "revoked_at")
            ),
            "notifications": list(told.values("tenant__name", "text", "created_at", "read_at")),
        }


def save_profile(*, user: User, name: str, time_zone: str) -> None:
    """Save a person's name and the zone in which pages tell them moments. Raises UnknownZone."""
    if not is_zone(time_zone):
        raise UnknownZone
    user.name, user.time_zone = name.strip(), time_zone
    user.save(update_fields=["name", "time_zone"])
