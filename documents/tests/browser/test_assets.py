"""A logo is uploaded, a preset made of it, a document marked with it."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pytest
from playwright.sync_api import expect

from accounts.tests.cast import Person
from documents.models import Asset, Job
from documents.processing.run import process
from documents.tests.browser.visitor import Visitors, until
from documents.tests.factories import make_asset, make_document, make_picture

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_logo_becomes_a_preset_and_a_mark(
    visitors: Visitors, ada: Person, width: int, script: bool
) -> None:
    document = make_document(ada.tenant, title="Offer", page_count=1)
    page = visitors.open(ada, width=width, java_script_enabled=script)
    page.goto("/assets/")
    expect(page.get_by_role("heading", name="No files yet")).to_be_visible()
    logo = {"name": "crest.png", "mimeType": "image/png", "buffer": make_picture("blue")}
    page.get_by_label("New file").set_input_files(logo)
    page.get_by_label("Name").fill("Crest")
    page.get_by_role("main").get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", name="Crest")).to_be_visible()
    portrait = page.get_by_role("img", name="What it looks like")
    expect(portrait).to_have_js_property("naturalWidth", 320)
    assert not page.locator('img[src*="download"]').count()

    page.goto("/presets/new/")
    page.get_by_label("Name").fill("House")
    page.get_by_label("Made of").select_option(label="Crest")
    expect(page.get_by_label("Text")).to_be_hidden()
    page.get_by_role("button", name="Save preset").click()
    expect(page.get_by_role("link", name="House")).to_be_visible()

    page.goto(f"/documents/{document.id}/watermark/")
    page.get_by_label("Preset").select_option(label="House")
    page.get_by_role("button", name="Use").click()
    expect(page.get_by_label("Made of")).to_have_value(str(Asset.objects.get().pk))
    if not script:
        page.get_by_role("button", name="Show preview").click()
    expect(page.get_by_role("img", name="Page 1 with the mark")).to_be_visible()
    page.get_by_role("button", name="Mark 1 page").click()
    expect(page.get_by_role("heading", name="Queued")).to_be_visible()
    process(Job.objects.get().pk)
    if not script:
        page.get_by_role("link", name="Look again").click()
    expect(page.get_by_text("The mark is on the page.").first).to_be_visible()
    expect(page.get_by_text("Crest")).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download marked copy").click()
    copy = io.BytesIO(Path(waiting.value.path()).read_bytes())
    with pikepdf.open(copy) as pdf:
        assert any(each.get("/Subtype") == "/Image" for each in _streams(pdf))

    page.goto("/assets/")
    page.get_by_role("link", name="Crest").click()
    expect(page.get_by_text("It can be deleted once no preset uses it.")).to_be_visible()


def _streams(pdf: pikepdf.Pdf) -> list[pikepdf.Stream]:
    return [each for each in pdf.objects if isinstance(each, pikepdf.Stream)]


def test_pictures_come_as_they_are_seen(visitors: Visitors, ada: Person) -> None:
    """Many at once are drawn one after the other; none is refused for the others' sake."""
    page = visitors.open(ada)
    for number in range(8):
        content = make_picture("blue", size=(40 + number, 20))
        make_asset(ada.tenant, name=f"Logo {number}", content=content)
    page.goto("/assets/")
    images = "[...document.querySelectorAll('.cm-portrait img')]"
    until(page, f"{images}.filter(each => each.naturalWidth === 320).length === 8")
