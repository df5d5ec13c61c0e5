"""Two workspaces, and everybody who must not reach across."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.conf import settings
from django.urls import resolve
from django.utils import timezone

from accounts.api.permissions import HasScope, scopes_for
from accounts.models import Tenant, TokenGrant, User
from accounts.principal import SCOPES
from accounts.tests.factories import (
    make_api_key,
    make_member,
    make_tenant,
    make_tokens,
    make_user,
    signed_in,
)
from documents.tests.isolation.matrix import furnish
from documents.tests.isolation.places import Operation
from documents.tests.isolation.traces import Secrets

CSRF = "c" * 32
LET_IN = 0


@dataclass(frozen=True)
class Credential:
    """Headers that say who asks, and the status of every answer they get (LET_IN: any)."""

    name: str
    headers: dict[str, str]
    status: int = LET_IN


@dataclass
class World:
    """The victim, whose things are asked for, and the stranger, who asks.

    ``behind_walls``: whether the database keeps them apart, too. What a query finds behind walls it
    finds without them, so the many ways to ask for the same (headers, ``HEAD``) are tried without.
    """

    behind_walls: bool = False
    victim: Tenant = field(default_factory=lambda: make_tenant("Victim Industries"))
    stranger: Tenant = field(default_factory=lambda: make_tenant("Stranger and Company"))
    suspended: Tenant = field(
        default_factory=lambda: make_tenant("Stopped Limited", suspended_at=timezone.now())
    )

    def __post_init__(self) -> None:
        self.owner = make_member("owner", tenant=self.victim, email="boss@victim.example")
        self.other = make_member("owner", tenant=self.stranger, email="boss@stranger.example")
        self._refused: list[Credential] = []
        furnish(self.stranger)
        # Who is let in, and belongs elsewhere.
        self.key = Credential("a key of another tenant", key_of(self.stranger))
        self.session = Credential("a session of another tenant", session_of(self.other))
        self.token = Credential("a token of another tenant", token_of(self.other))
        self.strangers = (self.key, self.session, self.token)

    def furnish(self) -> None:
        """Give the victim something to be asked for."""
        furnish(self.victim)

    @property
    def secrets(self) -> Secrets:
        """What only the victim has."""
        return Secrets(self.victim, self.stranger)

    def key_of_victim(self) -> dict[str, str]:
        """Return what lets the victim in."""
        return key_of(self.victim)

    def refused(self) -> list[Credential]:
        """Return who is let in nowhere, though most once were: made once, which takes a while."""
        self._refused = self._refused or [*self._turned_away()]
        return self._refused

    def _turned_away(self) -> Iterator[Credential]:
        now = timezone.now()
        good = make_api_key(self.victim)[1]
        yield Credential("no credential", {}, 401)
        yield Credential(
            "a mistyped key", bearer(good[:-1] + ("x" if good[-1] != "x" else "y")), 401
        )
        yield Credential("a revoked key", key_of(self.victim, revoked_at=now), 401)
        yield Credential("an expired key", key_of(self.victim, expires_at=now), 401)
        yield Credential("a stale session", {"Cookie": "sessionid=" + "0" * 32}, 401)
        stopped = make_member("owner", tenant=self.suspended)
        yield Credential("a key of a suspended tenant", key_of(self.suspended), 403)
        yield Credential("a session of a suspended tenant", session_of(stopped), 403)
        staff = make_user("staff@countermark.example", is_staff=True, is_superuser=True)
        yield Credential("a session of nobody's member", session_of(staff), 403)
        gone = make_member("owner", tenant=self.victim, email="gone@victim.example")
        session, token = session_of(gone), token_of(gone)
        User.objects.filter(pk=gone.pk).update(is_active=False)
        yield Credential("a session of a closed account", session, 401)
        yield Credential("a token of a closed account", token, 401)
        yield Credential("a token that was altered", altered(token_of(self.owner)), 401)
        yield Credential("a token of a suspended tenant", token_of(stopped), 403)
        ended = token_of(self.owner)
        TokenGrant.objects.filter(membership__user=self.owner).update(revoked_at=now)
        yield Credential("a token of a log-in that was ended", ended, 401)

    def without_scope(self, operation: Operation) -> Iterator[Credential]:
        """Yield keys of the victim's own that may do all but what ``operation`` needs."""
        for scope in required_scopes(operation):
            yield from self.without(scope)

    def without(self, scope: str) -> Iterator[Credential]:
        """Yield a key of the victim's own that has every scope but this."""
        headers = key_of(self.victim, scopes=[each for each in SCOPES if each != scope])
        yield Credential(f"a key without {scope}", headers, 403)


NO_ID = "00000000-0000-4000-8000-000000000000"


def required_scopes(operation: Operation) -> Iterable[str]:
    """Return what the view that serves ``operation`` declares; nothing, where keys do not count."""
    path = operation.path
    for parameter in operation.parameters("path"):
        example = str(operation.numbers.get(parameter["name"], NO_ID))
        path = path.replace(f"{{{parameter['name']}}}", example)
    view = resolve(path).func.cls
    guarded = HasScope in view.permission_classes
    return (scopes_for(view, operation.method) or ()) if guarded else ()


def bearer(text: str) -> dict[str, str]:
    """Return the header that carries a key."""
    return {"Authorization": f"Bearer {text}"}


def key_of(
    tenant: Tenant, scopes: Iterable[str] = tuple(SCOPES), **changes: object
) -> dict[str, str]:
    """Return the header of a new key; ``changes`` as in ``make_api_key``."""
    return bearer(make_api_key(tenant, scopes=scopes, **changes)[1])


def token_of(user: User) -> dict[str, str]:
    """Return the header of a program in which ``user`` has logged in."""
    return bearer(make_tokens(user)[1].access_token)


def altered(header: dict[str, str]) -> dict[str, str]:
    """Return the header of a token that says something else under the same signature."""
    head, claims, signature = header["Authorization"].split(".")
    return {"Authorization": f"{head}.{claims[:-2]}AA.{signature}"}


def session_of(user: User) -> dict[str, str]:
    """Return the headers of a browser in which ``user`` is signed in, with the CSRF token."""
    session = signed_in(user).cookies[settings.SESSION_COOKIE_NAME].value
    return {
        "Cookie": f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={CSRF}",
        "X-CSRFToken": CSRF,
    }
