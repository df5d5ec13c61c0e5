"""A real browser before the whole web process."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from accounts.tests.cast import Person
from accounts.tests.factories import PASSWORD, make_member, make_tenant
from config.tests.serving import Serving
from documents.tests.browser.visitor import PATIENCE_MILLISECONDS, Visitors

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


# Not for the whole session: while it runs, Playwright holds an event loop in this thread, which
# asynchronous tests would stumble over, and Django too unless it is told.
@pytest.fixture(scope="package")
def browser(chromium: str) -> Iterator[Browser]:
    """Start Chromium, once for all tests of this package."""
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def visitors(browser: Browser, live: Serving) -> Iterator[Visitors]:
    """Open windows on the site; each must end without an error in its console."""
    visitors = Visitors(browser, live.url)
    yield visitors
    visitors.leave()


@pytest.fixture
def ada(live: Serving) -> Person:
    """Return the owner of a workspace, who can also log in by password."""
    tenant = make_tenant("Acme")
    user = make_member(
        "owner", tenant=tenant, email="ada@acme.example", name="Ada Lovelace", password=PASSWORD
    )
    return Person(user, tenant)
