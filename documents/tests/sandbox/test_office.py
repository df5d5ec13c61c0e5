"""Word documents that become PDFs; what needs LibreOffice runs where it is installed."""

from __future__ import annotations

import time
from pathlib import Path

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from PIL import ImageChops

from documents.sandbox.errors import EngineTimeout, Stopped
from documents.sandbox.limits import SandboxLimits
from documents.sandbox.office import ConversionUnavailable, convert_word, office_program
from documents.tests.formats.files import page_picture, repacked, saved, text_of, word
from documents.tests.formats.test_word import marked
from documents.tests.sandbox.running import children
from documents.watermark.errors import Damaged, NotADocx, TooLarge

OFFICE = office_program("soffice")
needs_office = pytest.mark.skipif(not OFFICE, reason="LibreOffice is not installed")
LIMITS = SandboxLimits()


def converted(data: bytes, folder: Path, **how: object) -> bytes:
    source, target = folder / "a.docx", folder / "a.pdf"
    source.write_bytes(data)
    convert_word(source=source, target=target, program="soffice", **{"limits": LIMITS, **how})
    return target.read_bytes()


def including(path: Path) -> bytes:
    """A Word document that names another file as a part of its text."""
    document = docx.Document()
    paragraph = document.add_paragraph("before ")
    for kind in ("INCLUDETEXT", "INCLUDEPICTURE"):
        field = f'<w:fldSimple {nsdecls("w")} w:instr=" {kind} &quot;{path}&quot; ">'
        paragraph._p.append(parse_xml(f"{field}<w:r><w:t>old</w:t></w:r></w:fldSimple>"))
    return saved(document)


@needs_office
def test_a_document_is_laid_out_and_nothing_is_left(tmp_path: Path):
    before = children()
    pdf = converted(word("Hello Word", landscape=True), tmp_path)
    assert "Hello Word" in text_of(pdf)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.docx", "a.pdf"]
    assert children() == before


@needs_office
def test_a_mark_in_headers_is_drawn_on_every_page(tmp_path: Path):
    document = docx.Document()
    document.add_paragraph("The first page")
    document.add_page_break()
    document.add_paragraph("The second page")
    mark = {"font_size": 72, "opacity": 1.0, "color": "#ff0000"}
    pdf = converted(marked(saved(document), "DRAFT", **mark), tmp_path)
    for number in range(2):
        page = page_picture(pdf, number).convert("RGB")
        middle = page.crop((0, page.height // 3, page.width, page.height * 2 // 3))
        red, green, _ = middle.split()
        drawn = sum(ImageChops.subtract(red, green).histogram()[100:])
        assert drawn > 500, f"page {number + 1}"


@needs_office
def test_files_that_a_document_names_are_not_there(tmp_path: Path):
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret of another tenant")
    text = text_of(converted(including(secret), tmp_path))
    assert "before" in text
    assert "secret of another" not in text


@needs_office
def test_the_clock_and_the_caller_end_it(tmp_path: Path):
    before = children()
    with pytest.raises(EngineTimeout):
        converted(word(), tmp_path, limits=SandboxLimits(wall_seconds=0.5))
    asked = time.monotonic()
    with pytest.raises(Stopped):
        converted(word(), tmp_path, should_stop=lambda: time.monotonic() > asked + 0.5)
    assert children() == before
    assert [each.name for each in tmp_path.iterdir()] == ["a.docx"]


@needs_office
@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"PK\x03\x04 no ZIP file", Damaged),
        (repacked(word(), {"media/bomb": bytes(600 << 20)}), TooLarge),
        (
            repacked(word(), {"[Content_Types].xml": b"<Types/>"}),
            NotADocx,
        ),
    ],
    ids=["damaged", "bomb", "other"],
)
def test_what_is_none_is_not_handed_on(tmp_path: Path, data: bytes, kind: type[Exception]):
    with pytest.raises(kind):
        converted(data, tmp_path)


def test_without_a_program_there_is_no_conversion(tmp_path: Path):
    assert office_program("") == ""
    assert office_program("no-such-program") == ""
    with pytest.raises(ConversionUnavailable):
        convert_word(source=tmp_path, target=tmp_path / "a", program="", limits=LIMITS)
