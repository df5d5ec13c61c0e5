"""The upload page with its script: a bar for each file, reasons, and another try."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from accounts.models import Tenant
from accounts.tests.cast import Person
from documents.models import Document
from documents.tests.browser.visitor import Visitors
from documents.tests.factories import make_pdf

pytestmark = pytest.mark.browser
MEBIBYTE = 1024 * 1024


def pdf(name: str, content: bytes) -> dict[str, object]:
    return {"name": name, "mimeType": "application/pdf", "buffer": content}


def row(page: Page, name: str) -> object:
    return expect(page.get_by_role("listitem").filter(has_text=name))


def test_each_file_has_its_own_fate(visitors: Visitors, ada: Person) -> None:
    Tenant.objects.filter(pk=ada.tenant.pk).update(max_file_bytes=MEBIBYTE)
    page = visitors.open(ada)
    page.goto("/documents/upload/")
    broken = 1

    def break_once(route: Route) -> None:
        nonlocal broken
        broken -= 1
        route.abort() if broken == 0 else route.continue_()

    page.route("**/api/v1/documents/", break_once)
    large = b"%PDF-1.7 " + bytes(MEBIBYTE)
    page.get_by_label("Drop documents").set_input_files(
        [pdf("Good.pdf", make_pdf()), pdf("Large.pdf", large), pdf("Notes.pdf", b"MZ\0\0no notes")]
    )
    row(page, "Large.pdf").to_contain_text("the limit is 1 MB")
    row(page, "Notes.pdf").to_contain_text("of another kind. Send PDF")
    row(page, "Good.pdf").to_contain_text("The connection was lost.")
    assert not Document.objects.exists()

    page.get_by_role("button", name="Retry").click()
    row(page, "Good.pdf").to_contain_text("uploaded")
    page.get_by_role("link", name="Good.pdf", exact=True).click()
    expect(page.get_by_role("heading", name="Good")).to_be_visible()


def test_what_the_server_refuses_is_said(visitors: Visitors, ada: Person) -> None:
    """The limit became smaller after the page was opened."""
    page = visitors.open(ada)
    page.goto("/documents/upload/")
    Tenant.objects.filter(pk=ada.tenant.pk).update(max_file_bytes=100)
    page.get_by_label("Drop documents").set_input_files(pdf("Good.pdf", make_pdf()))
    row(page, "Good.pdf").to_contain_text("Too large")
    expect(page.get_by_role("button", name="Retry")).to_be_visible()


def test_files_can_be_dropped(visitors: Visitors, ada: Person) -> None:
    page = visitors.open(ada)
    page.goto("/documents/upload/")
    transfer = page.evaluate_handle(
        """(text) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([text], "Dropped.pdf"));
            return transfer;
        }""",
        make_pdf().decode("latin-1"),
    )
    page.dispatch_event("[data-drop]", "drop", {"dataTransfer": transfer})
    row(page, "Dropped.pdf").to_contain_text("uploaded")
