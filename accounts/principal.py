"""Who is asking: one identity for web, API, sockets and uploads, and how it is found out."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.utils.crypto import constant_time_compare

from accounts.models import APIKey, Membership, Tenant, TokenGrant, User
from accounts.scopes import ROLE_SCOPES, SCOPES, SUPPORT_CHANGES, SUPPORT_LOOKS
from accounts.services.access_tokens import looks_like_access_token, read_access_token
from accounts.services.api_keys import InvalidCredentials, verify_api_key, working_api_key
from accounts.services.credential_headers import credential_in
from accounts.services.grants import scopes_of, standing_grant, working_grant
from accounts.services.marketplace import is_from_marketplace, marketplace_key
from accounts.services.people import NoWorkspace
from accounts.services.support import standing_support
from accounts.services.tickets import Credential
from accounts.support_visit import Support, SupportSessionOver, SupportSessionRefused
from config.database.reach import all_tenants
from config.errors import Forbidden

__all__ = [
    "ROLE_SCOPES",
    "SCOPES",
    "SUPPORT_SESSION_KEY",
    "InsufficientScope",
    "InvalidCredentials",
    "NoWorkspace",
    "Principal",
    "Support",
    "SupportSessionOver",
    "SupportSessionRefused",
    "TenantSuspended",
    "resolve_credential",
    "resolve_principal",
    "resolve_session",
]

TENANT_SESSION_KEY = "tenant_id"
SUPPORT_SESSION_KEY = "support_session_id"


class InsufficientScope(Forbidden):
    """The role or the key does not include what this needs; ``context["scope"]`` names it."""

    code = "insufficient_scope"
    message = "Your role or API key does not allow this."


class TenantSuspended(Forbidden):
    """Staff have stopped the tenant."""

    code = "tenant_suspended"
    message = "This workspace is suspended. Please contact support."

    @classmethod
    def of(cls, tenant: Tenant) -> TenantSuspended:
        """Return the refusal with what staff have said."""
        reason = tenant.suspended_reason.rstrip(".")
        return cls(cls.message.replace("suspended.", f"suspended: {reason}.") if reason else None)


@dataclass(frozen=True, slots=True)
class Rates:
    """How many of each a credential of the tenant may send in a minute; None for any number."""

    requests: int | None = None
    uploads: int | None = None


@dataclass(frozen=True, slots=True)
class Principal:
    """One authenticated caller in one tenant: a person (``user_id``, ``role``) or an API key.

    ``environment`` is ``live`` or ``test``; people always work live. A person who has logged in
    with a program, not a browser, has a ``grant_id``.
    """

    tenant_id: uuid.UUID
    user_id: uuid.UUID | None
    api_key_id: uuid.UUID | None
    role: str | None
    scopes: frozenset[str]
    environment: str
    grant_id: uuid.UUID | None = None
    rates: Rates = Rates()
    # When the credential ends if nothing ends it before; None: not by itself (a key without an
    # expiry), or not before two weeks without use (a session).
    expires_at: datetime | None = field(default=None, compare=False)
    support: Support | None = None

    @property
    def kind(self) -> str:
        """What the credential is: ``api_key``, ``access_token`` or ``session``."""
        if self.api_key_id is not None:
            return "api_key"
        return "session" if self.grant_id is None else "access_token"

    @property
    def is_ambient(self) -> bool:
        """Whether the credential is a cookie, which browsers send along from any page.

        Only then must a request show that a page of ours has made it (CSRF token, Origin).
        """
        return self.api_key_id is None and self.grant_id is None

    def may(self, scope: str) -> bool:
        """Whether ``scope`` is allowed."""
        return scope in self.scopes

    def require(self, scope: str) -> None:
        """Raise InsufficientScope unless ``scope`` is allowed.

        SupportSessionOver, when a support session has ended since the request began.
        """
        if self.support is not None:
            self.support.require()
        if not self.may(scope):
            raise InsufficientScope(f"This needs the scope {scope}.", scope=scope)


@all_tenants()  # whose the key or the session is, is what has to be found out
def resolve_principal(
    headers: Mapping[str, str], cookies: Mapping[str, str], address: str | None = None
) -> Principal | None:
    """Return who sent these headers (names in lower case) and cookies; None for nobody.

    ``address`` is the client's (config/caller.py): a key may be good from some networks only.

    A credential in a header decides alone: a bad one is InvalidCredentials even beside a good
    session. A stale session cookie is nobody, since browsers go on sending it. Raises
    TenantSuspended and NoWorkspace too. Costs one query for a key or a token, two for a session.
    """
    if is_from_marketplace(headers):
        return _principal_of_key(marketplace_key(headers))
    if (text := credential_in(headers)) is not None:
        if looks_like_access_token(text):
            token = read_access_token(text)
            return replace(_principal_of_grant(working_grant(token)), expires_at=token.expires_at)
        return _principal_of_key(verify_api_key(text, address))
    if session_key := cookies.get(settings.SESSION_COOKIE_NAME):
        return _principal_of_session(session_key)
    return None


@all_tenants()
def resolve_credential(credential: Credential) -> Principal | None:
    """Return who a ticket's credential stands for by now; raises as ``resolve_principal``.

    A key's networks do not count: a server gets tickets so that browsers elsewhere can use them.
    """
    if credential.api_key_id is not None:
        return _principal_of_key(working_api_key(credential.api_key_id))
    if credential.grant_id is not None:
        return _principal_of_grant(standing_grant(credential.grant_id))
    return _principal_of_session(credential.session_key)


@all_tenants()
def resolve_session(
    session: SessionBase, *, is_page: bool = False
) -> tuple[User, Principal] | None:
    """Return who is signed in with ``session`` and as what; None for nobody.

    The tenant is the one the session has chosen, else the first that is not suspended; of staff in
    a support session the tenant that they have entered, and only where ``is_page``. Raises
    SupportSessionRefused and SupportSessionOver, too.
    """
    if session.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return None
    user_id = session[SESSION_KEY]
    memberships = list(
        Membership.objects.filter(user=user_id, user__is_active=True)
        .select_related("user", "tenant")
        .order_by("created_at", "id")
    )
    user = (
        memberships[0].user
        if memberships
        else User.objects.filter(pk=user_id, is_active=True).first()
    )
    if user is None or not _session_is_of(session, user):
        return None
    if SUPPORT_SESSION_KEY in session:
        return user, _principal_of_support(session, user, is_page=is_page)
    if not memberships:
        raise NoWorkspace
    user.known_memberships = memberships
    return user, _principal_of_membership(_chosen(memberships, session.get(TENANT_SESSION_KEY)))


def names_credential(headers: Mapping[str, str]) -> bool:
    """Whether a header of a request says who asks; then its cookies say nothing."""
    return is_from_marketplace(headers) or credential_in(headers) is not None


def _principal_of_session(session_key: str) -> Principal | None:
    store = import_module(settings.SESSION_ENGINE).SessionStore
    found = resolve_session(store(session_key))
    return found[1] if found else None


def _principal_of_key(key: APIKey) -> Principal:
    if key.tenant.is_suspended:
        raise TenantSuspended.of(key.tenant)
    return Principal(
        tenant_id=key.tenant_id,
        user_id=None,
        api_key_id=key.id,
        role=None,
        scopes=frozenset(key.scopes) & frozenset(SCOPES),
        environment=key.environment,
        rates=_rates(key.tenant),
        expires_at=key.expires_at,
    )


def _principal_of_grant(grant: TokenGrant) -> Principal:
    if grant.tenant.is_suspended:
        raise TenantSuspended.of(grant.tenant)
    return Principal(
        tenant_id=grant.tenant_id,
        user_id=grant.membership.user_id,
        api_key_id=None,
        role=grant.membership.role,
        scopes=scopes_of(grant),
        environment=APIKey.Environment.LIVE.value,
        grant_id=grant.pk,
        rates=_rates(grant.tenant),
        expires_at=grant.expires_at,
    )


def _principal_of_membership(membership: Membership) -> Principal:
    if membership.tenant.is_suspended:
        raise TenantSuspended.of(membership.tenant)
    return Principal(
        tenant_id=membership.tenant_id,
        user_id=membership.user_id,
        api_key_id=None,
        role=membership.role,
        scopes=ROLE_SCOPES[membership.role],
        environment=APIKey.Environment.LIVE.value,
        rates=_rates(membership.tenant),
    )


def _principal_of_support(session: SessionBase, user: User, *, is_page: bool) -> Principal:
    if not is_page:
        raise SupportSessionRefused
    asked, key = session[SUPPORT_SESSION_KEY], session.session_key
    if (found := standing_support(user=user, session_id=asked, session_key=key)) is None:
        raise SupportSessionOver
    return Principal(
        tenant_id=found.tenant_id,
        user_id=user.pk,
        api_key_id=None,
        role=None,
        scopes=SUPPORT_CHANGES if found.may_change else SUPPORT_LOOKS,
        environment=APIKey.Environment.LIVE.value,
        rates=_rates(found.tenant),
        expires_at=found.ends_at,
        support=Support(
            session_id=found.pk,
            until=time.monotonic() + found.remaining.total_seconds(),
            ends_at=found.ends_at,
            tenant_name=found.tenant.name,
            reason=found.reason,
            may_change=found.may_change,
        ),
    )


def _rates(tenant: Tenant) -> Rates:
    return Rates(requests=tenant.requests_per_minute, uploads=tenant.uploads_per_minute)


def _chosen(memberships: list[Membership], tenant_id: str | None) -> Membership:
    for membership in memberships:
        if str(membership.tenant_id) == tenant_id:
            return membership
    working = (one for one in memberships if not one.tenant.is_suspended)
    return next(working, memberships[0])


def _session_is_of(session: SessionBase, user: User) -> bool:
    """Whether the session was made with the user's present password (as Django's get_user)."""
    kept = session.get(HASH_SESSION_KEY, "")
    return constant_time_compare(kept, user.get_session_auth_hash()) or any(
        constant_time_compare(kept, old) for old in user.get_session_auth_fallback_hash()
    )
