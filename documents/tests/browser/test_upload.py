"""The upload page with its script: a bar for each file, reasons, and another try."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from accounts.models import Tenant
from accounts.tests.cast import Person
from documents.models import Document, ResumableUpload
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


def big_pdf(mebibytes: int) -> bytes:
    """Return a document that is uploaded in pieces."""
    return make_pdf() + b"%" + bytes(mebibytes * MEBIBYTE)


def hold_second_piece(page: Page) -> list[Route]:
    """Keep the second piece of an upload back; return where it will be."""
    pieces, held = [], []

    def hold(route: Route) -> None:
        pieces.append(route.request.method)
        if pieces.count("PATCH") == 2 and not held:
            held.append(route)
        else:
            route.continue_()

    page.route("**/api/v1/uploads/*/", hold)
    return held


def wait_in(page: Page, condition: Callable[[], object]) -> None:
    """Wait while the page's own events go on."""
    for _ in range(600):
        if condition():
            return
        page.wait_for_timeout(50)
    raise TimeoutError


@pytest.mark.long
def test_a_large_file_goes_in_pieces_and_can_be_paused(visitors: Visitors, ada: Person) -> None:
    page = visitors.open(ada)
    page.goto("/documents/upload/")
    held = hold_second_piece(page)
    page.get_by_label("Drop documents").set_input_files(pdf("Big.pdf", big_pdf(20)))
    wait_in(page, lambda: held)
    page.get_by_role("button", name="Pause").click()
    row(page, "Big.pdf").to_contain_text("Paused at")
    held[0].abort()
    assert not Document.objects.exists()
    page.get_by_role("button", name="Resume").click()
    row(page, "Big.pdf").to_contain_text("uploaded")
    document = Document.objects.get()
    assert document.title == "Big"
    assert document.blob is not None and document.blob.size_bytes == len(big_pdf(20))


def test_a_large_file_goes_on_after_the_page_was_closed(
    visitors: Visitors, ada: Person, tmp_path: Path
) -> None:
    page = visitors.open(ada)
    page.goto("/documents/upload/")
    page.on("dialog", lambda dialog: dialog.accept())
    held = hold_second_piece(page)
    content = tmp_path / "Big.pdf"
    content.write_bytes(big_pdf(20))
    page.get_by_label("Drop documents").set_input_files(content)
    wait_in(page, lambda: held)
    page.goto("about:blank")
    page.unroute_all()
    page.goto("/documents/upload/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method))
    page.get_by_label("Drop documents").set_input_files(content)
    row(page, "Big.pdf").to_contain_text("uploaded")
    assert asked.count("HEAD") == 1  # where it broke off
    assert asked.count("PATCH") == 2  # of three pieces the first was there
    assert (ResumableUpload.objects.count(), Document.objects.count()) == (1, 1)


@pytest.mark.long
def test_stopping_throws_away_what_has_arrived(visitors: Visitors, ada: Person) -> None:
    page = visitors.open(ada)
    page.goto("/documents/upload/")
    held = hold_second_piece(page)
    page.get_by_label("Drop documents").set_input_files(pdf("Big.pdf", big_pdf(20)))
    wait_in(page, lambda: held)
    page.get_by_role("button", name="Stop").click()
    row(page, "Big.pdf").to_contain_text("Stopped.")
    expect(page.get_by_role("button", name="Retry")).to_be_visible()
    wait_in(page, lambda: not ResumableUpload.objects.exists())
    assert not Document.objects.exists()
