"""The API reference draws itself from our own files, under the strict policy."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from accounts.tests.cast import Person
from documents.tests.browser.visitor import Visitors
from documents.tests.factories import make_document

pytestmark = pytest.mark.browser


def outside(page: Page, url: str) -> list[str]:
    """Return a list that will hold every address on another host that the page asks for."""
    asked: list[str] = []
    own = (url, "data:", "blob:")
    page.on("request", lambda sent: None if sent.url.startswith(own) else asked.append(sent.url))
    return asked


def test_calls_can_be_tried_with_ones_own_session(visitors: Visitors, ada: Person) -> None:
    document = make_document(ada.tenant, title="Tender")
    page = visitors.open(ada)
    asked = outside(page, visitors.url)
    page.goto("/docs")

    page.get_by_role("button", name="List documents").click()
    page.get_by_role("button", name="Execute").click()
    expect(page.locator(".live-responses-table .response-col_status").nth(1)).to_contain_text("200")

    page.get_by_role("button", name="Delete a document").click()
    page.get_by_placeholder("document_id").fill(str(document.id))
    page.get_by_role("button", name="Execute").nth(1).click()
    deleted = page.locator("#operations-Documents-deleteDocument .live-responses-table")
    expect(deleted.locator(".response-col_status").nth(1)).to_contain_text("204")
    assert asked == []


@pytest.mark.long
def test_the_reference_can_be_read_and_searched(visitors: Visitors) -> None:
    page = visitors.open()
    asked = outside(page, visitors.url)
    page.goto("/redoc")

    expect(page.get_by_role("heading", name="Upload a document and mark it")).to_be_attached()
    page.get_by_placeholder("Search").fill("cancel")
    expect(page.locator("[data-role='search:results']")).to_contain_text("Cancel a job")
    assert asked == []
