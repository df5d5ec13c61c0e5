"""Twenty documents as one batch, one of them broken: upload, mark, watch, try again, download."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts.tests.cast import Person
from documents.batch_progress import publish_batch
from documents.models import Batch, BatchItem, Document, Job
from documents.processing.run import process
from documents.tests.browser.visitor import Visitors, until
from documents.tests.factories import make_batch, make_blob, make_pdf

pytestmark = pytest.mark.browser
BROKEN = {"name": "broken.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 and no more"}
ONE_POLL = 2_500


def work() -> None:
    for job in Job.objects.filter(state="queued"):
        process(job.pk)


def files() -> list[dict[str, object]]:
    pages = [
        {"name": f"Letter {n:02}.pdf", "mimeType": "application/pdf", "buffer": make_pdf(2)}
        for n in range(1, 20)
    ]
    return [*pages, BROKEN]


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_twenty_documents_one_of_them_broken(
    visitors: Visitors, ada: Person, width: int, script: bool
) -> None:
    page = visitors.open(ada, width=width, java_script_enabled=script)
    page.goto("/batches/")
    page.get_by_role("link", name="New batch").click()
    page.get_by_label("Drop documents" if script else "Upload documents").set_input_files(files())
    if script:
        expect(page.get_by_text("20 chosen")).to_be_visible()
    page.get_by_role("button", name="Go on to the mark").click()

    page.get_by_label("Text").fill("FOR THE BOARD")
    page.get_by_label("Name").fill("Letters")
    if script:
        expect(page.get_by_role("img", name="with the mark")).to_be_visible()
        expect(page.get_by_text("20 documents not counted yet")).to_be_visible()
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_role("heading", name="Ready to start?")).to_be_visible()
    page.get_by_role("button", name="Start: mark 20 documents").click()

    expect(page.get_by_role("heading", name="Letters")).to_be_visible()
    expect(page.get_by_role("heading", name="Running")).to_be_visible()
    work()
    if not script:
        page.get_by_role("link", name="Look again").click()
    expect(page.get_by_role("heading", name="Completed with errors")).to_be_visible()
    expect(page.get_by_text("19 of 20 copies are ready.").first).to_be_visible()
    page.get_by_role("link", name=re.compile("^Failed")).click()
    broken = page.get_by_role("row").filter(has_text="broken.pdf")
    expect(broken).to_contain_text("Upload it again")

    page.get_by_role("button", name="Try 1 again").click()
    expect(page.get_by_role("heading", name="Running")).to_be_visible()
    work()
    if not script:
        page.get_by_role("link", name="Look again").click()
    expect(page.get_by_role("heading", name="Completed with errors")).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download ZIP").click()
    with zipfile.ZipFile(Path(waiting.value.path())) as archive:
        assert len(archive.namelist()) == 19
        assert archive.testzip() is None
    assert Document.objects.count() == 20


def succeed(batch: Batch, count: int) -> None:
    """Let so many more items end well, as workers would."""
    items = BatchItem.objects.filter(batch=batch, job__state="queued").select_related("job")
    for item in items.order_by("position")[:count]:
        assert item.job
        copy = make_blob(batch.tenant, make_pdf())
        item.job.change(state="succeeded", finished_at=batch.created_at, result=copy)
        Batch.objects.count_ends(batch.pk, succeeded=1)
    batch.refresh_from_db()


def connection(page: Page) -> object:
    return expect(page.locator("[data-connection]"))


def test_a_thousand_items_are_followed_live(visitors: Visitors, ada: Person) -> None:
    batch = make_batch(ada.tenant, items=120, title="Mailing")
    page = visitors.open(ada)
    page.goto(f"/batches/{batch.id}/")
    connection(page).to_have_text("Live")
    page.get_by_role("link", name=re.compile("document-.*pdf")).nth(50).focus()
    held = page.evaluate("document.activeElement.id")
    succeed(batch, 40)
    publish_batch(batch)
    expect(page.get_by_text("40 of 120 done")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("^Succeeded 40"))).to_be_visible()
    assert page.evaluate("document.activeElement.id") == held
    succeed(batch, 80)  # and nobody tells
    expect(page.get_by_role("heading", name="Completed")).to_be_visible()
    expect(page.get_by_role("link", name="Download ZIP")).to_be_visible()
    connection(page).to_be_hidden()
    expect(page.get_by_text("Ended", exact=True)).to_be_visible()
    expect(page.get_by_text("1–100 of 120")).to_be_visible()
    assert page.evaluate("document.activeElement.id") == held


def test_without_a_socket_the_page_asks_and_says_so(visitors: Visitors, ada: Person) -> None:
    batch = make_batch(ada.tenant, items=4)
    page = visitors.open(ada)
    page.route_web_socket(re.compile("/ws/v1/"), lambda socket: socket.close())
    page.goto(f"/batches/{batch.id}/")
    connection(page).to_contain_text("checking every 2 seconds")
    succeed(batch, 1)
    expect(page.get_by_text("1 of 4 done")).to_be_visible()
    page.route("**/api/v1/batches/**", lambda route: route.abort())
    connection(page).to_contain_text("may be out of date")
    page.unroute("**/api/v1/batches/**")
    succeed(batch, 3)
    expect(page.get_by_role("heading", name="Completed")).to_be_visible()


def test_the_dashboard_follows_a_batch(visitors: Visitors, ada: Person) -> None:
    batch = make_batch(ada.tenant, items=3, title="Nightly")
    page = visitors.open(ada)
    page.goto("/dashboard/")
    running = page.get_by_role("region", name="Running batches")
    succeed(batch, 2)
    publish_batch(batch)
    expect(running.get_by_text("2 of 3 done")).to_be_visible()
    succeed(batch, 1)
    publish_batch(batch)
    expect(running).to_have_count(0)


def test_a_page_is_ticked_at_once(visitors: Visitors, ada: Person) -> None:
    make_batch(ada.tenant, items=3)  # three documents, too
    page = visitors.open(ada)
    page.goto("/batches/new/")
    page.get_by_label("All on this page").check()
    expect(page.get_by_text("3 chosen")).to_be_visible()
    page.locator("tbody").get_by_role("checkbox").first.uncheck()
    expect(page.get_by_text("2 chosen")).to_be_visible()
    until(page, "document.querySelector('[data-all]').indeterminate")


def test_what_was_uploaded_is_marked_together(visitors: Visitors, ada: Person) -> None:
    page = visitors.open(ada)
    page.goto("/documents/upload/")
    together = page.get_by_role("button", name="Mark them as one batch")
    field = page.get_by_label("Drop documents")
    field.set_input_files(files()[:1])
    expect(page.get_by_role("link", name="Letter 01.pdf", exact=True)).to_be_visible()
    expect(together).to_be_hidden()
    field.set_input_files(files()[1:3])
    expect(page.get_by_role("link", name="Letter 03.pdf", exact=True)).to_be_visible()
    together.click()
    expect(page.get_by_role("heading", name="What shall the mark be?")).to_be_visible()
    expect(page.get_by_label("Shown on").get_by_role("option")).to_have_count(3)
