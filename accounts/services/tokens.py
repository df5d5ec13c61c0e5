"""Tokens for programs: for a password, for an older token, and the end of them.

A refresh token works once. Whoever shows an older one holds a copy, or was robbed: nobody can
tell which, so the whole log-in ends. Only two who refresh at the same moment are spared.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import structlog
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Least, Now

from accounts.models import AuditAction, Membership, TokenGrant, User
from accounts.scopes import SCOPES
from accounts.services.access_tokens import read_access_token, write_access_token
from accounts.services.api_keys import InvalidCredentials
from accounts.services.audit import Actor, record
from accounts.services.grants import delete_grants, find_grant, holds, scopes_of, unrevoked
from accounts.services.logging_in import log_in
from accounts.services.people import NoWorkspace
from accounts.services.refresh_tokens import (
    PREFIX,
    InvalidRefreshToken,
    RefreshToken,
    new_refresh_token,
    read_refresh_token,
)
from config.caller import current_caller
from config.database.reach import all_tenants
from config.errors import Conflict, Invalid

log = structlog.get_logger("accounts.tokens")

IDLE = timedelta(days=14)
LONGEST = timedelta(days=90)
# Of a program that logs in again and again instead of refreshing, the newest are kept.
MOST_OF_A_PLACE = 100
# Two tabs, or a library that sends again: within this time nobody is suspected.
GRACE = timedelta(seconds=10)


class ReusedRefreshToken(InvalidRefreshToken):
    """A token that was exchanged before: the log-in is over, for the thief too."""

    code = "reused_refresh_token"
    message = "This refresh token was used before. Its log-in has been ended; log in again."


class RefreshTokenJustUsed(Conflict):
    """Somebody else of the same program was faster by a moment."""

    code = "refresh_token_just_used"
    message = "This refresh token was used a moment ago. Use the tokens of that answer."


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a program gets: shown once, in no row and no log."""

    access_token: str
    refresh_token: str
    scopes: frozenset[str]


@all_tenants()  # in which of theirs, is what has to be found out
def log_program_in(
    *,
    email: str,
    password: str,
    code: str,
    tenant_id: UUID | None,
    scopes: Collection[str],
) -> Tokens:
    """Return tokens for somebody's place in a tenant: the one named, else the first that works.

    ``scopes`` narrows what the role allows; none given narrows nothing. Raises Invalid,
    NoWorkspace, and what ``log_in`` raises.
    """
    if unknown := set(scopes) - set(SCOPES):
        message = f"Unknown: {', '.join(sorted(unknown))}."
        problem = {"loc": ["body", "scope"], "msg": message, "type": "value_error"}
        raise Invalid(problems=[problem])
    user = log_in(email=email, password=password, code=code)
    return issue_tokens(user=user, membership=_place_of(user, tenant_id), scopes=scopes)


def issue_tokens(*, user: User, membership: Membership, scopes: Collection[str]) -> Tokens:
    """Return the first tokens of a new log-in of ``user``, whose ``membership`` it is."""
    grant_id, caller = uuid4(), current_caller()
    text, digest = new_refresh_token(grant_id=grant_id, generation=1)
    with transaction.atomic():
        grant = TokenGrant.objects.create(
            id=grant_id,
            tenant_id=membership.tenant_id,
            membership=membership,
            digest=digest,
            # Of the password that was just shown: another one, set meanwhile, ends this.
            password_mark=user.get_session_auth_hash(),
            scopes=sorted(set(scopes)),
            ip=caller.address,
            user_agent=caller.user_agent,
            created_at=Now(),
            last_used_at=Now(),
            expires_at=Now() + IDLE,
        )
        grant.refresh_from_db(fields=["created_at"])
        _forget_surplus(membership)
        _record(grant, user, AuditAction.SIGNED_IN)
    return _tokens(grant, text, grant.created_at)


@all_tenants()
def refresh_tokens(*, text: str) -> Tokens:
    """Return new tokens for a refresh token, which then is worth nothing any more.

    Raises InvalidRefreshToken, ReusedRefreshToken (and ends the log-in), RefreshTokenJustUsed.
    """
    token = read_refresh_token(text)
    grant = find_grant(token.grant_id)
    if grant is None or not holds(grant):
        raise InvalidRefreshToken
    caller = current_caller()
    new_text, digest = new_refresh_token(grant_id=grant.pk, generation=token.generation + 1)
    # The one statement that decides: of several who show the same token, one finds the row.
    rotated = unrevoked(grant.pk, digest=token.digest).update(
        digest=digest,
        generation=F("generation") + 1,
        # Of the password that held just now: another one, set meanwhile, ends this.
        password_mark=grant.membership.user.get_session_auth_hash(),
        last_used_at=Now(),
        expires_at=Least(Now() + IDLE, F("created_at") + LONGEST),
        ip=caller.address,
        user_agent=caller.user_agent,
    )
    if not rotated:
        _refuse_old(token, grant)
    return _tokens(grant, new_text, grant.asked_at)


@all_tenants()
def revoke_tokens(*, text: str) -> None:
    """End the log-in of an access or refresh token; what is none is no error (RFC 7009)."""
    text = text.strip()
    try:
        is_refresh = text.startswith(PREFIX)
        token = read_refresh_token(text) if is_refresh else read_access_token(text)
    except InvalidCredentials:
        return
    unrevoked(token.grant_id).update(revoked_at=Now())


def _place_of(user: User, tenant_id: UUID | None) -> Membership:
    places = Membership.objects.filter(user=user)
    if tenant_id is not None:
        places = places.filter(tenant_id=tenant_id)
    working_first = F("tenant__suspended_at").asc(nulls_first=True)
    place = places.order_by(working_first, "created_at", "id").first()
    if place is None:
        raise NoWorkspace
    return place


def _refuse_old(token: RefreshToken, grant: TokenGrant) -> None:
    """End the log-in of a token that is not the newest, unless the next came a moment ago."""
    just_used = {"generation": token.generation + 1, "last_used_at__gt": Now() - GRACE}
    with transaction.atomic():
        ended = unrevoked(grant.pk).exclude(**just_used).update(revoked_at=Now())
        if ended:
            _record(grant, "nobody", AuditAction.TOKEN_REUSED)
    if not ended:
        raise RefreshTokenJustUsed
    log.warning("refresh_token_reused", grant=str(grant.pk), user=str(grant.membership.user_id))
    raise ReusedRefreshToken


def _forget_surplus(membership: Membership) -> None:
    """Delete the log-ins that were not used for longest, beyond the most that are kept."""
    others = TokenGrant.objects.filter(membership=membership).order_by("-last_used_at", "pk")
    delete_grants(list(others.values_list("pk", flat=True)[MOST_OF_A_PLACE:]))


def _record(grant: TokenGrant, actor: Actor, action: AuditAction) -> None:
    record(
        tenant_id=grant.tenant_id,
        actor=actor,
        action=action,
        subject=f"user:{grant.membership.user_id}",
        details={"log_in": str(grant.pk)},
    )


def _tokens(grant: TokenGrant, refresh_token: str, issued_at: datetime) -> Tokens:
    scopes = scopes_of(grant)
    text = write_access_token(
        grant_id=grant.pk,
        user_id=grant.membership.user_id,
        tenant_id=grant.tenant_id,
        scopes=scopes,
        issued_at=issued_at,
    )
    return Tokens(access_token=text, refresh_token=refresh_token, scopes=scopes)
