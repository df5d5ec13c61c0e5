"""Tickets to sockets: once, for a minute, and no longer than what they stand for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from accounts.models import APIKey, Membership, SocketTicket, TokenGrant
from accounts.services.tickets import forget_old_tickets
from accounts.tests.cast import Person
from accounts.tests.factories import bearer, make_api_key, make_tokens
from config.tests.serving import Serving
from documents import consumers, hub
from documents.models import Job
from documents.tests.factories import make_document, make_job

PATIENCE_SECONDS = 10
URL = "/api/v1/ws-tickets/"


@pytest.fixture
def job(owner: Person) -> Job:
    return make_job(make_document(owner.tenant))


def ticket_of(client: Client) -> str:
    answer = client.post(URL)
    assert (answer.status_code, answer["Cache-Control"]) == (201, "no-store")
    return str(answer.json()["ticket"])


class Shown:
    """What a socket told so far, and the code of its close."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.messages: list[Mapping[str, Any]] = []
        self.code = 0
        self.listen(most=1)

    def listen(self, most: int) -> None:
        try:
            while len(self.messages) < most:
                self.messages.append(json.loads(self.connection.recv(PATIENCE_SECONDS)))
        except ConnectionClosed as closed:
            self.code = closed.rcvd.code if closed.rcvd else 1006

    def refusal(self) -> tuple[str, int]:
        self.listen(most=100)
        return str(self.messages[-1].get("code")), self.code


Show = Callable[[Job, str], Shown]


@pytest.fixture
def show(live: Serving) -> Iterator[Callable[[Job, str], Shown]]:
    """Open a job's socket with a ticket."""
    with ExitStack() as stack:

        def show(job: Job, ticket: str) -> Shown:
            url = live.url.replace("http", "ws") + f"/ws/v1/jobs/{job.pk}/?ticket={ticket}"
            return Shown(stack.enter_context(connect(url, proxy=None)))

        yield show


def test_a_ticket_opens_a_socket_once(show: Show, owner: Person, job: Job) -> None:
    ticket = ticket_of(owner.client)
    first = show(job, ticket)
    assert first.messages[0]["type"] == "job.snapshot"
    assert show(job, ticket).refusal() == ("invalid_ticket", 4401)


def test_a_key_gets_one_too(show: Show, owner: Person, job: Job) -> None:
    ticket = ticket_of(Client(**bearer(make_api_key(owner.tenant)[1])))
    assert show(job, ticket).messages[0]["type"] == "job.snapshot"


def test_a_ticket_is_worth_what_its_holder_is(show: Show, stranger: Person, job: Job) -> None:
    assert show(job, ticket_of(stranger.client)).refusal() == ("not_found", 4404)


def test_an_old_ticket_and_none_are_the_same(show: Show, owner: Person, job: Job) -> None:
    ticket = ticket_of(owner.client)
    SocketTicket.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    for text in (ticket, "nonsense", "x" * 5000):
        assert show(job, text).refusal() == ("invalid_ticket", 4401)


def test_the_socket_closes_with_the_key(
    show: Show, owner: Person, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "ADMIT_AGAIN_SECONDS", 0)
    monkeypatch.setattr(hub, "TRUTH_SECONDS", 0.1)
    shown = show(job, ticket_of(Client(**bearer(make_api_key(owner.tenant)[1]))))
    APIKey.objects.update(revoked_at=timezone.now())
    assert shown.refusal() == ("revoked_api_key", 4401)


def test_the_socket_closes_with_the_session(
    show: Show, owner: Person, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "ADMIT_AGAIN_SECONDS", 0)
    monkeypatch.setattr(hub, "TRUTH_SECONDS", 0.1)
    shown = show(job, ticket_of(owner.client))
    owner.client.logout()
    assert shown.refusal() == ("not_authenticated", 4401)


def program_of(person: Person) -> Client:
    return Client(**bearer(make_tokens(person.user)[1].access_token))


def test_a_program_gets_one_too(show: Show, owner: Person, job: Job) -> None:
    ticket = ticket_of(program_of(owner))
    assert show(job, ticket).messages[0]["type"] == "job.snapshot"
    assert show(job, ticket).refusal() == ("invalid_ticket", 4401)


@pytest.mark.parametrize("end", ["revoked", "password", "removed"])
def test_the_socket_closes_with_the_programs_log_in(
    show: Show, owner: Person, job: Job, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    monkeypatch.setattr(consumers, "ADMIT_AGAIN_SECONDS", 0)
    monkeypatch.setattr(hub, "TRUTH_SECONDS", 0.1)
    shown = show(job, ticket_of(program_of(owner)))
    if end == "revoked":
        TokenGrant.objects.update(revoked_at=timezone.now())
    elif end == "password":
        owner.user.set_password("something else entirely")
        owner.user.save()
    else:
        Membership.objects.filter(user=owner.user).delete()
    code = "invalid_access_token" if end == "removed" else "revoked_access_token"
    assert shown.refusal() == (code, 4401)


def test_a_ticket_ends_with_the_log_in_that_got_it(show: Show, owner: Person, job: Job) -> None:
    ticket = ticket_of(program_of(owner))
    TokenGrant.objects.update(revoked_at=timezone.now())
    assert show(job, ticket).refusal() == ("revoked_access_token", 4401)


def test_a_token_in_the_header_needs_no_page_of_ours(
    live: Serving, owner: Person, job: Job
) -> None:
    url = live.url.replace("http", "ws") + f"/ws/v1/jobs/{job.pk}/"
    for text, expected in (
        (make_tokens(owner.user)[1].access_token, "job.snapshot"),
        (make_tokens(owner.user)[1].access_token[:-9] + "AAAAAAAAA", "error"),
    ):
        headers = {"Authorization": f"Bearer {text}", "Origin": "https://else.example"}
        with connect(url, additional_headers=headers, proxy=None) as socket:
            assert json.loads(socket.recv(PATIENCE_SECONDS))["type"] == expected


@pytest.mark.django_db
def test_who_gets_none(owner: Person) -> None:
    def status(answer: HttpResponse) -> int:
        return answer.status_code

    key = Client(**bearer(make_api_key(owner.tenant, scopes=["documents:read"])[1]))
    assert status(Client().post(URL)) == 401
    assert status(key.post(URL)) == 403
    checked = Client(enforce_csrf_checks=True)
    checked.force_login(owner.user)
    assert status(checked.post(URL)) == 403


@pytest.mark.django_db
def test_only_a_digest_is_kept_and_not_for_long(owner: Person) -> None:
    ticket = ticket_of(owner.client)
    assert ticket not in str(SocketTicket.objects.values().get())
    assert forget_old_tickets() == 0
    SocketTicket.objects.update(expires_at=timezone.now() - timedelta(hours=1))
    assert forget_old_tickets() == 1
