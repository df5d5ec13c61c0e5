"""The log-ins of programs: finding them, listing them, ending them (tokens.py makes them)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.crypto import constant_time_compare

from accounts.models import AuditAction, TokenGrant, User
from accounts.models.token_grant import TokenGrantQuerySet
from accounts.scopes import ROLE_SCOPES
from accounts.services.access_tokens import AccessToken, InvalidAccessToken
from accounts.services.api_keys import InvalidCredentials
from accounts.services.audit import record
from config.database.reach import all_tenants
from config.errors import Missing

KEPT_AFTERWARDS = timedelta(days=1)
FORGOTTEN_AT_ONCE = 1000


class ExpiredAccessToken(InvalidCredentials):
    """A genuine token, too late."""

    code = "expired_access_token"
    message = "The access token has expired. Get a new one with the refresh token."


class RevokedAccessToken(InvalidCredentials):
    """A genuine token of a log-in that was ended, or whose account or password is not the same."""

    code = "revoked_access_token"
    message = "The log-in of this access token has ended. Log in again."


def working_grant(token: AccessToken) -> TokenGrant:
    """Return the log-in that a token stands for, with its person and tenant. One query.

    Raises ExpiredAccessToken, and what ``standing_grant`` raises.
    """
    grant = standing_grant(token.grant_id)
    if token.expires_at <= grant.asked_at:
        raise ExpiredAccessToken
    return grant


def standing_grant(grant_id: UUID) -> TokenGrant:
    """Return a log-in with its person and tenant. One query.

    Raises InvalidAccessToken when there is none, RevokedAccessToken when it has ended.
    """
    grant = find_grant(grant_id)
    if grant is None:
        raise InvalidAccessToken
    if not holds(grant):
        raise RevokedAccessToken
    return grant


def find_grant(grant_id: UUID) -> TokenGrant | None:
    """Return a log-in, whether it holds or not."""
    return _grants().filter(pk=grant_id).first()


def unrevoked(grant_id: UUID, **more: Any) -> TokenGrantQuerySet:
    """Return the log-in for an UPDATE that must find it unrevoked (and ``more``)."""
    return TokenGrant.objects.filter(pk=grant_id, revoked_at__isnull=True, **more)


def holds(grant: TokenGrant) -> bool:
    """Whether nothing has ended the log-in: no word, no time, no closed account, no password."""
    user = grant.membership.user
    return (
        grant.revoked_at is None
        and grant.expires_at > grant.asked_at
        and user.is_active
        and any(constant_time_compare(grant.password_mark, mark) for mark in _marks(user))
    )


def scopes_of(grant: TokenGrant) -> frozenset[str]:
    """Return what a log-in may do: what the role allows now, or the part that was asked for."""
    allowed = ROLE_SCOPES[grant.membership.role]
    return allowed & frozenset(grant.scopes) if grant.scopes else allowed


@all_tenants()  # a person's own, as the two below
def list_grants(*, user: User) -> list[TokenGrant]:
    """Return the person's log-ins that hold, in all tenants, the newest first."""
    found = _grants().filter(membership__user=user).order_by("-created_at", "pk")
    return [grant for grant in found if holds(grant)]


@all_tenants()
def end_grant(*, user: User, grant_id: UUID) -> None:
    """End one of the person's log-ins. Raises Missing."""
    if not unrevoked(grant_id, membership__user=user).update(revoked_at=Now()):
        raise Missing


def end_grant_as_staff(*, actor: User, grant: TokenGrant) -> bool:
    """End anybody's log-in; return whether that was news."""
    with transaction.atomic():
        ended = unrevoked(grant.pk).update(revoked_at=Now())
        if ended:
            record(
                tenant_id=grant.tenant_id,
                actor=actor,
                action=AuditAction.SESSIONS_ENDED,
                subject=f"user:{grant.membership.user_id}",
                details={"log_in": str(grant.pk)},
            )
    return bool(ended)


@all_tenants()
def end_grants(*, user: User) -> int:
    """End all of the person's log-ins; return how many there were."""
    held = [grant.pk for grant in list_grants(user=user)]
    return TokenGrant.objects.filter(pk__in=held).update(revoked_at=Now())


def forget_dead_grants() -> int:
    """Delete log-ins that ended a while ago; return how many."""
    before = Now() - KEPT_AFTERWARDS
    dead = TokenGrant.objects.filter(Q(expires_at__lt=before) | Q(revoked_at__lt=before))
    return delete_grants(list(dead.order_by().values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE]))


def delete_grants(ids: list[UUID]) -> int:
    """Delete log-ins, and the tickets to sockets that they got; return how many rows went."""
    return TokenGrant.objects.filter(pk__in=ids).delete()[0] if ids else 0


def _grants() -> TokenGrantQuerySet:
    together = TokenGrant.objects.select_related("membership__user", "tenant")
    return together.annotate(asked_at=Now())  # type: ignore[no-redef] # declared for readers


def _marks(user: User) -> list[str]:
    """Return what stands for the person's present password, as in Django's sessions."""
    return [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
