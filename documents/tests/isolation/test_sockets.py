"""Every socket: another tenant's object is closed to strangers like one that never was."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import pytest
from channels.routing import URLRouter
from django.conf import settings
from django.utils import timezone
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from accounts.models import APIKey, SocketTicket
from accounts.principal import resolve_credential
from accounts.services.tickets import Credential as Kept
from accounts.services.tickets import issue_ticket, redeem_ticket
from accounts.tests.factories import make_api_key
from config.tests.serving import Serving
from documents.routing import websocket_application
from documents.tests.isolation.matrix import OBJECTS
from documents.tests.isolation.traces import every_row
from documents.tests.isolation.world import Credential, World, key_of

PATIENCE_SECONDS = 10
# What a key must not have to be turned away, by socket.
SCOPES_OF: dict[str, str] = {
    "ws/v1/jobs/<uuid:job_id>/": "jobs:read",
    "ws/v1/batches/<uuid:batch_id>/": "jobs:read",
}
# Sockets that name nothing: whoever opens them hears of their own workspace.
OWN = {"ws/v1/events/": "webhooks:read"}


def routes(router: URLRouter, before: str = "") -> Iterator[str]:
    """Yield the route of every socket but the last, which stands for all other addresses."""
    for each in router.routes:
        if isinstance(each.callback, URLRouter):
            yield from routes(each.callback, before + str(each.pattern))
        elif str(each.pattern):
            yield before + str(each.pattern)


def test_every_socket_is_in_the_matrix() -> None:
    known = [
        (route, name)
        for route in routes(websocket_application)
        for name in re.findall(r"<(?:\w+:)?(\w+)>", route)
    ]
    assert [name for _, name in known if name not in OBJECTS] == [], "put it into OBJECTS"
    assert {route for route, _ in known} == SCOPES_OF.keys(), "put its scope into SCOPES_OF"
    assert set(routes(websocket_application)) == SCOPES_OF.keys() | OWN.keys()


def address(route: str, ids: dict[str, str]) -> str:
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: ids[found[1]], route)


def heard(live: Serving, path: str, credential: Credential) -> tuple[str, int]:
    """Return all that the socket says until it closes, and the code of the close."""
    url = live.url.replace("http", "ws") + path
    headers = {**credential.headers, "Origin": settings.PUBLIC_URL}
    said = ""
    with connect(url, additional_headers=headers, proxy=None) as socket:
        try:
            while True:
                said += str(socket.recv(PATIENCE_SECONDS))
        except ConnectionClosed as closed:
            return said, closed.rcvd.code if closed.rcvd else 1006


@pytest.mark.parametrize("route", SCOPES_OF)
def test_a_foreign_socket_closes_like_an_unknown_one(live: Serving, route: str) -> None:
    world = World()
    world.furnish()
    names = re.findall(r"<(?:\w+:)?(\w+)>", route)
    foreign = {name: str(OBJECTS[name](world.victim)) for name in names}
    unknown = {name: str(uuid.uuid4()) for name in names}
    own = {name: str(OBJECTS[name](world.stranger)) for name in names}
    asked = [*world.strangers, *world.refused(), *world.without(SCOPES_OF[route])]
    secrets, before = world.secrets, every_row()

    assert heard(live, address(route, own), world.session)[1] == 1000
    for credential in asked:
        answers = [heard(live, address(route, ids), credential) for ids in (foreign, unknown)]
        assert answers[0] == answers[1], credential.name
        assert answers[0][1] == 4000 + (credential.status or 404), credential.name
        assert [secret for secret in secrets.texts if secret in answers[0][0]] == []
    assert every_row() == before


def ticket_for(world: World, changes: str) -> str:
    """Return a ticket of the stranger's key (``foreign``), or one of the victim's that is over."""
    key, _ = make_api_key(world.stranger if changes == "foreign" else world.victim)
    principal = resolve_credential(Kept(api_key_id=key.id, session_key=""))
    assert principal
    text, _ = issue_ticket(principal=principal, session_key=None)
    if changes == "used":
        redeem_ticket(text)
    if changes == "expired":
        SocketTicket.objects.update(expires_at=timezone.now())
    if changes == "revoked":
        APIKey.objects.filter(pk=key.pk).update(revoked_at=timezone.now())
    return text


@pytest.mark.parametrize(
    ("changes", "code"), [("foreign", 4404), ("used", 4401), ("expired", 4401), ("revoked", 4401)]
)
@pytest.mark.parametrize("route", SCOPES_OF)
def test_a_ticket_opens_no_more_than_what_it_stands_for(
    live: Serving, route: str, changes: str, code: int
) -> None:
    world = World()
    world.furnish()
    nothing = Credential("a ticket", {})
    names = re.findall(r"<(?:\w+:)?(\w+)>", route)
    foreign = {name: str(OBJECTS[name](world.victim)) for name in names}
    unknown = {name: str(uuid.uuid4()) for name in names}
    answers = [
        heard(live, f"{address(route, ids)}?ticket={ticket_for(world, changes)}", nothing)
        for ids in (foreign, unknown)
    ]
    assert answers[0] == answers[1]
    assert answers[0][1] == code


def test_who_it_belongs_to_sees_it(live: Serving) -> None:
    """Else the refusals above would say nothing."""
    world = World()
    for route in SCOPES_OF:
        ids = {name: str(OBJECTS[name](world.victim)) for name in OBJECTS}
        said, _ = heard(live, address(route, ids), Credential("own", key_of(world.victim)))
        assert '.snapshot"' in said


@pytest.mark.parametrize("route", OWN)
def test_a_socket_without_a_name_lets_in_whom_it_may(live: Serving, route: str) -> None:
    world = World()
    for credential in [*world.refused(), *world.without(OWN[route])]:
        said, code = heard(live, f"/{route}", credential)
        assert code == 4000 + (credential.status or 0), credential.name
        assert '"error"' in said
    for changes in ("used", "expired", "revoked"):
        ticket = ticket_for(world, changes)
        assert heard(live, f"/{route}?ticket={ticket}", Credential("a ticket", {}))[1] == 4401
