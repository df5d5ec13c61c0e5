"""The mark's page: what is seen is made by the engine while somebody types."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from accounts.tests.cast import Person
from documents.models import Document, Job
from documents.tests.browser.visitor import Visitors, until
from documents.tests.factories import make_document, make_pdf, make_preset

pytestmark = pytest.mark.browser
MOVED = (
    "new PerformanceObserver(list => { for (const each of list.getEntries())"
    " window.moved = (window.moved || 0) + each.value; })"
    ".observe({type: 'layout-shift'})"
)
PICTURE = "**/watermark/picture/"


@pytest.fixture
def document(ada: Person) -> Document:
    return make_document(ada.tenant, title="Minutes", content=make_pdf(3), page_count=3)


def address(document: Document) -> str:
    return f"/documents/{document.id}/watermark/"


def seen(page: Page) -> str:
    """Return the address of the picture, once it is there and at rest."""
    expect(page.get_by_role("img", name="Page")).to_be_visible()
    expect(page.locator("[data-stage]")).not_to_have_attribute("aria-busy", "true")
    return page.locator("[data-picture]").get_attribute("src") or ""


@pytest.mark.parametrize("width", [390, 1280])
def test_the_picture_follows_the_form(
    visitors: Visitors, ada: Person, document: Document, width: int
) -> None:
    page = visitors.open(ada, width=width)
    page.goto(address(document))
    first = seen(page)
    expect(page.get_by_text("Write a text to see the mark on it.")).to_be_visible()
    page.evaluate(MOVED)
    page.get_by_label("Text").fill("FOR GRACE")
    expect(page.locator("[data-picture]")).not_to_have_attribute("src", first)
    second = seen(page)
    expect(page.get_by_text("Costs 3 pages.")).to_be_visible()

    page.get_by_role("button", name="Next page").click()
    expect(page.get_by_role("img", name="Page 2 with the mark")).to_be_visible()
    assert seen(page) != second
    page.get_by_label("Page", exact=True).fill("3")
    page.get_by_label("Page", exact=True).press("Enter")
    expect(page.get_by_role("img", name="Page 3 with the mark")).to_be_visible()
    expect(page.get_by_role("button", name="Next page")).to_be_disabled()
    page.get_by_text("Before", exact=True).click()
    expect(page.get_by_role("img", name="Page 3 as it was uploaded")).to_be_visible()
    assert (page.evaluate("window.moved") or 0) < 0.02
    assert not Job.objects.exists()
    page.evaluate(Axe().axe_script)
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    assert found["violations"] == []


def test_a_mistake_keeps_the_last_picture(
    visitors: Visitors, ada: Person, document: Document
) -> None:
    page = visitors.open(ada)
    page.goto(address(document) + f"?preset={make_preset(ada.tenant).pk}")
    first = seen(page)
    size = page.get_by_label("Font size")
    size.fill("99")
    expect(page.get_by_text("Enter a whole number from 8 to 72.")).to_be_visible()
    expect(size).to_have_attribute("aria-invalid", "true")
    assert seen(page) == first
    size.fill("20")
    expect(page.get_by_text("Enter a whole number from 8 to 72.")).to_be_hidden()
    expect(size).not_to_have_attribute("aria-invalid", "true")
    assert seen(page) != first


def test_a_newer_wish_ends_the_older_one(
    visitors: Visitors, ada: Person, document: Document
) -> None:
    page = visitors.open(ada)
    page.goto(address(document))
    seen(page)
    held: list[Route] = []
    gone: list[str] = []
    page.on("requestfailed", lambda request: gone.append(request.failure or ""))
    page.route(PICTURE, lambda route: held.append(route) if not held else route.continue_())
    page.get_by_label("Text").fill("FIRST")
    until(page, "document.querySelector('[data-stage]').getAttribute('aria-busy') === 'true'")
    page.wait_for_timeout(500)
    page.get_by_label("Text").fill("SECOND")
    seen(page)
    assert len(held) == 1 and gone == ["net::ERR_ABORTED"]


def test_trouble_is_said_and_can_be_tried_again(
    visitors: Visitors, ada: Person, document: Document
) -> None:
    page = visitors.open(ada)
    page.goto(address(document))
    first = seen(page)
    page.route(PICTURE, lambda route: route.abort())
    page.get_by_label("Text").fill("LATER")
    expect(page.get_by_text("The server cannot be reached.")).to_be_visible()
    assert seen(page) == first
    page.unroute(PICTURE)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("button", name="Try again")).to_be_hidden()
    expect(page.locator("[data-picture]")).not_to_have_attribute("src", first)


def test_the_keyboard_shows_and_sends(visitors: Visitors, ada: Person, document: Document) -> None:
    page = visitors.open(ada)
    page.goto(address(document))
    seen(page)
    page.get_by_label("Text").fill("BY HAND")
    page.get_by_label("Font size").press("Enter")
    expect(page.get_by_role("img", name="with the mark")).to_be_visible()
    assert not Job.objects.exists()
    page.get_by_label("Text").press("Control+Enter")
    expect(page).to_have_url(re.compile("/jobs/"))
    assert Job.objects.count() == 1


def test_programs_can_be_copied(visitors: Visitors, ada: Person, document: Document) -> None:
    page = visitors.open(ada, permissions=["clipboard-read", "clipboard-write"])
    page.goto(address(document))
    page.get_by_label("Text").fill("BY PROGRAM")
    page.get_by_text("Do it by program").click()
    expect(page.get_by_role("region", name="curl")).to_contain_text("BY PROGRAM")
    page.get_by_role("button", name="Copy curl").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "$COUNTERMARK_KEY" in copied and "BY PROGRAM" in copied


@pytest.mark.parametrize("width", [390, 1280])
def test_it_works_without_a_script(
    visitors: Visitors, ada: Person, document: Document, width: int
) -> None:
    page = visitors.open(ada, width=width, java_script_enabled=False)
    page.goto(address(document))
    page.get_by_label("Text").fill("NO SCRIPT")
    page.get_by_role("button", name="Show preview").click()
    expect(page.get_by_role("img", name="Page 1 with the mark")).to_be_visible()
    page.get_by_role("button", name="Next page").click()
    expect(page.get_by_role("img", name="Page 2 with the mark")).to_be_visible()
    expect(page.get_by_label("Text")).to_have_value("NO SCRIPT")
    page.get_by_label("Page", exact=True).fill("3")
    page.get_by_label("Page", exact=True).press("Enter")
    expect(page.get_by_role("img", name="Page 3 with the mark")).to_be_visible()
    page.get_by_role("button", name="Mark 3 pages").click()
    expect(page.get_by_role("heading", name="Queued")).to_be_visible()
