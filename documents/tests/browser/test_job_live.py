"""The job's page tells the truth: live, without a socket, without a server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, WebSocketRoute, expect

from accounts.tests.cast import Person
from documents.models import Job
from documents.progress import publish
from documents.tests.browser.visitor import Visitors
from documents.tests.factories import make_blob, make_document, make_job, make_pdf

pytestmark = pytest.mark.browser
ONE_POLL = 2_500
SOCKETS = re.compile("/ws/v1/")


@pytest.fixture
def job(ada: Person) -> Iterator[Job]:
    """A job in the hands of a worker that is not there."""
    later = timezone.now() + timedelta(hours=1)
    document = make_document(ada.tenant, title="Engine")
    return make_job(document, state="running", pages=200, page=20, lease_until=later)


def succeed(job: Job) -> None:
    job.change(
        state="succeeded",
        page=200,
        lease_token=None,
        lease_until=None,
        finished_at=timezone.now(),
        result=make_blob(job.tenant, make_pdf()),
    )


def open_job(page: Page, job: Job) -> None:
    page.goto(f"/jobs/{job.id}/")
    expect(page.get_by_role("heading", name="Running")).to_be_visible()


def connection(page: Page) -> object:
    return expect(page.locator("[data-connection]"))


def test_progress_moves_and_the_end_arrives_without_a_message(
    visitors: Visitors, ada: Person, job: Job
) -> None:
    page = visitors.open(ada)
    open_job(page, job)
    connection(page).to_have_text("Live")
    job.change(page=120)
    publish(job)
    expect(page.get_by_text("Page 120 of 200")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_js_property("value", 60)
    expect(page.get_by_role("status").filter(has_text="60 percent done")).to_be_attached()

    succeed(job)  # and nobody tells
    expect(page.get_by_role("heading", name="Succeeded")).to_be_visible()
    expect(page.get_by_role("link", name="Download marked copy")).to_be_visible()
    connection(page).to_be_hidden()


def test_without_a_socket_the_page_asks_and_says_so(
    visitors: Visitors, ada: Person, job: Job
) -> None:
    page = visitors.open(ada)
    page.route_web_socket(SOCKETS, lambda socket: socket.close())
    page.clock.install()
    open_job(page, job)
    connection(page).to_contain_text("checking every 2 seconds")
    job.change(page=120)
    page.clock.fast_forward(ONE_POLL)
    expect(page.get_by_text("Page 120 of 200")).to_be_visible()

    page.route("**/api/v1/jobs/**", lambda route: route.abort())
    page.clock.fast_forward(ONE_POLL)
    connection(page).to_contain_text("may be out of date")
    succeed(job)
    expect(page.get_by_role("heading", name="Running")).to_be_visible()
    page.unroute("**/api/v1/jobs/**")
    page.clock.fast_forward(ONE_POLL)
    expect(page.get_by_role("heading", name="Succeeded")).to_be_visible()


def test_a_socket_that_only_looks_open_is_not_believed(
    visitors: Visitors, ada: Person, job: Job
) -> None:
    page = visitors.open(ada)
    silent: list[WebSocketRoute] = []

    def first_message_only(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        heard: list[str | bytes] = []

        def pass_on(message: str | bytes) -> None:
            heard.append(message)
            if len(heard) == 1:
                socket.send(message)

        server.on_message(pass_on)
        silent.append(socket)

    page.route_web_socket(SOCKETS, first_message_only)
    page.clock.install()
    open_job(page, job)
    connection(page).to_have_text("Live")
    page.clock.fast_forward(6_000)
    connection(page).to_contain_text("checking every 2 seconds")
    assert silent


def test_an_old_message_changes_nothing(visitors: Visitors, ada: Person, job: Job) -> None:
    page = visitors.open(ada)
    sockets: list[WebSocketRoute] = []
    page.route_web_socket(SOCKETS, lambda socket: sockets.append(socket))
    open_job(page, job)
    connection(page).to_have_text("Connecting…")
    for seq, done in ((5, 100), (4, 60), (6, 110)):
        progress = f'{{"percent": {done // 2}, "page": {done}, "pages": 200, "stage": ""}}'
        sockets[0].send(
            f'{{"type": "job.changed", "job": {{"state": "running", "seq": {seq},'
            f' "progress": {progress}}}}}'
        )
        if seq != 4:
            expect(page.get_by_text(f"Page {done} of 200")).to_be_visible()
        else:
            expect(page.get_by_text("Page 100 of 200")).to_be_visible()


def test_the_connection_is_still_shown_when_one_of_two_has_ended(
    visitors: Visitors, ada: Person, job: Job
) -> None:
    other = make_job(
        job.document, state="running", pages=9, lease_until=job.lease_until, spec=job.spec
    )
    page = visitors.open(ada)
    page.goto(f"/documents/{job.document_id}/")
    connection(page).to_have_text("Live")
    succeed(job)
    publish(job)
    expect(page.get_by_role("row").filter(has_text="Succeeded")).to_have_count(1)
    connection(page).to_have_text("Live")
    succeed(other)
    publish(other)
    expect(page.get_by_role("row").filter(has_text="Succeeded")).to_have_count(2)
    connection(page).to_be_hidden()


def test_the_dashboard_follows_too(visitors: Visitors, ada: Person, job: Job) -> None:
    page = visitors.open(ada)
    page.goto("/dashboard/")
    connection(page).to_have_text("Live")
    running = page.get_by_role("region", name="Running")
    job.change(page=150)
    publish(job)
    expect(running.get_by_text("Page 150 of 200")).to_be_visible()
    succeed(job)
    publish(job)
    expect(running).to_have_count(0)
    recent = page.get_by_role("region", name="Recent jobs")
    expect(recent.get_by_role("link", name="Download the marked Engine")).to_be_visible()
