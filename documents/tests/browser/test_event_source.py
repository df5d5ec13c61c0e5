"""EventSource, the browser's own client of event streams, with the guide's script."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, Request

from accounts.tests.cast import Person
from config.api.guides import guide_path
from documents.models import Job
from documents.processing.endings import cancel
from documents.processing.lease import Step, beat, claim
from documents.progress import publish
from documents.tests.browser.visitor import Visitors, until
from documents.tests.factories import make_document, make_job

pytestmark = pytest.mark.browser


def guides_script() -> str:
    _, _, rest = guide_path("progress").read_text().partition("```js\n")
    return rest.partition("```")[0]


@pytest.fixture
def page(visitors: Visitors, ada: Person) -> Page:
    page = visitors.open(ada)
    page.goto("/documents/")
    # A page's policy (CSP) rules what it may connect to, as for any script of ours.
    page.evaluate(f"() => {{ {guides_script()} window.follow = follow; window.seen = []; }}")
    return page


def asked(page: Page) -> list[Request]:
    """Return the requests for events from now on."""
    found: list[Request] = []
    page.on("request", lambda one: found.append(one) if "/events/" in one.url else None)
    return found


def follow(page: Page, job: Job) -> None:
    page.evaluate("(id) => { window.events = follow(id, (job) => seen.push(job)); }", str(job.pk))


def test_the_guides_script_follows_a_job_to_its_end(page: Page, ada: Person) -> None:
    job, requests = make_job(make_document(ada.tenant)), asked(page)
    follow(page, job)
    until(page, "seen.length === 1")
    taken = claim(job.pk)
    assert taken
    row = beat(taken, Step("marking", 3, 10))
    assert row
    publish(row)
    until(page, "seen.at(-1).progress.percent === 30")
    cancel(taken)
    until(page, "seen.at(-1).state === 'cancelled'")
    seen: list[dict[str, Any]] = page.evaluate("seen")
    assert [job["seq"] for job in seen] == sorted({job["seq"] for job in seen})
    until(page, "events.readyState === EventSource.CLOSED")
    assert len(requests) == 1


def test_who_does_not_close_is_told_that_all_is_said(page: Page, ada: Person) -> None:
    """The browser comes back by itself, with the id of what it has, and stays away after 204."""
    ended, requests = make_job(make_document(ada.tenant), state="succeeded", seq=5), asked(page)
    page.evaluate(
        "(id) => { window.events = new EventSource(`/api/v1/jobs/${id}/events/`); }", str(ended.pk)
    )
    until(page, "events.readyState === EventSource.CLOSED")
    assert [one.response().status for one in requests] == [200, 204]
    assert requests[1].all_headers()["last-event-id"] == "5"
