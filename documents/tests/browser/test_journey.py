"""From the first page to the marked copy, through every part of the real service."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pikepdf
import pytest
from playwright.sync_api import Page, expect

from accounts.tests.cast import Person
from documents.models import Job
from documents.processing.run import process
from documents.tests.browser.visitor import Visitors
from documents.tests.conftest import Queue
from documents.tests.factories import make_pdf
from documents.tests.processes import running

pytestmark = pytest.mark.browser
WORKER = "-m celery --quiet -A config worker --pool prefork --concurrency 1 --loglevel ERROR"
QUIET = "--without-gossip --without-mingle --without-heartbeat"


def pdf(name: str, pages: int = 3) -> dict[str, object]:
    return {"name": name, "mimeType": "application/pdf", "buffer": make_pdf(pages)}


def downloaded(page: Page) -> pikepdf.Pdf:
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download marked copy").click()
    path = waiting.value.path()
    assert waiting.value.suggested_filename.endswith(".pdf")
    return pikepdf.open(io.BytesIO(Path(path).read_bytes()))


def test_a_newcomer_gets_a_marked_copy(visitors: Visitors, queue: Queue) -> None:
    page = visitors.open()
    with running(*WORKER.split(), *QUIET.split(), CELERY_SKIP_CHECKS="yes"):
        page.goto("/")
        page.get_by_role("link", name="Create a workspace").first.click()
        page.get_by_label("Your name").fill("Grace Hopper")
        page.get_by_label("Workspace name").fill("Navy")
        page.get_by_label("Email").fill("grace@navy.example")
        page.get_by_label("Password", exact=True).fill("nanoseconds are long")
        page.get_by_role("button", name="Create workspace").click()
        expect(page.get_by_role("heading", name="Get your first marked copy")).to_be_visible()

        page.get_by_role("list").get_by_role("link", name="Upload").click()
        page.get_by_label("Drop documents").set_input_files(pdf("Compilers.pdf"))
        page.get_by_role("link", name="Mark Compilers.pdf").click()
        page.get_by_label("Text").fill("FOR GRACE")
        page.get_by_label("Position").select_option(label="Diagonal")
        page.get_by_role("button", name="Mark").click()

        expect(page.get_by_role("heading", name="Succeeded")).to_be_visible()
        expect(page.get_by_text("The mark is on all 3 pages.").first).to_be_visible()
    with downloaded(page) as copy:
        assert len(copy.pages) == 3
    page.get_by_role("link", name="Dashboard").click()
    expect(page.get_by_role("definition").filter(has_text=re.compile(r"^3\b"))).to_be_visible()


def test_everything_works_without_a_script(visitors: Visitors, ada: Person) -> None:
    page = visitors.open(ada, java_script_enabled=False)
    page.goto("/documents/upload/")
    bad = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"No text at all: \0\1."}
    page.get_by_label("Choose documents").set_input_files([pdf("Engine.pdf"), bad])
    page.get_by_role("main").get_by_role("button", name="Upload").click()
    expect(page.get_by_role("alert")).to_contain_text("notes.txt: Send PDF, Word")

    page.get_by_role("link", name="mark it").click()
    page.get_by_label("Font size").fill("99")
    page.get_by_role("button", name="Mark").click()
    expect(page.get_by_label("Text")).to_be_focused()
    page.get_by_label("Text").fill("FOR ADA")
    page.get_by_label("Font size").fill("48")
    page.get_by_role("button", name="Mark").click()
    expect(page.get_by_role("heading", name="Queued")).to_be_visible()

    process(Job.objects.get().pk)
    page.get_by_role("link", name="Look again").click()
    expect(page.get_by_role("heading", name="Succeeded")).to_be_visible()
    expect(page.get_by_role("link", name="Look again")).to_be_hidden()
    with downloaded(page) as copy:
        assert len(copy.pages) == 3

    page.get_by_role("link", name="Engine").click()
    page.get_by_role("link", name="Delete document").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("status").filter(has_text="was deleted")).to_be_visible()
