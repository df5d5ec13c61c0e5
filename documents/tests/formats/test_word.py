"""Word documents with a mark in their headers, opened by another library."""

from __future__ import annotations

import io
import struct
import zipfile

import docx
import pytest
from docx.oxml.ns import qn
from lxml import etree

from documents.formats.marking import mark
from documents.formats.word.marking import CHARACTERS_PER_PAGE
from documents.formats.word.options import problems_in_word
from documents.formats.word.written import write_docx
from documents.tests.formats.files import part, picture, repacked, saved, word
from documents.watermark import Limits, WatermarkSpec
from documents.watermark.errors import (
    BadSpec,
    Damaged,
    Encrypted,
    NotADocx,
    Signed,
    TooLarge,
    WatermarkError,
)

SHAPE = "{urn:schemas-microsoft-com:vml}shape"
PATH = "{urn:schemas-microsoft-com:vml}textpath"
FILL = "{urn:schemas-microsoft-com:vml}fill"


def marked(data: bytes, text: str = "DRAFT", **spec: object) -> bytes:
    out = io.BytesIO()
    result_of(data, out, WatermarkSpec(watermark_text=text, **spec))
    return out.getvalue()


def result_of(data: bytes, out: io.BytesIO, spec: WatermarkSpec):
    variables = {"document.title": "Offer", "date": "2026-11-21"}
    return mark(
        io.BytesIO(data),
        out,
        spec,
        format="docx",
        variables=variables,
        limits=Limits(),
        on_page=lambda page, pages: None,
    )


def shapes(header) -> list:
    return list(header._element.iter(SHAPE))


def texts(header) -> list[str]:
    return [shape.find(PATH).get("string") for shape in shapes(header)]


def style(shape) -> dict[str, str]:
    return dict(each.split(":", 1) for each in shape.get("style").split(";"))


def middle(shape) -> tuple[float, float]:
    how = {
        name: float(value.removesuffix("pt"))
        for name, value in style(shape).items()
        if "pt" in value
    }
    return how["margin-left"] + how["width"] / 2, how["margin-top"] + how["height"] / 2


def test_every_header_of_a_plain_document_has_the_mark():
    document = docx.Document(
        io.BytesIO(marked(word(), "Draft & <Co>", color="#ff0000", opacity=0.5))
    )
    section = document.sections[0]
    for header in (section.header, section.first_page_header, section.even_page_header):
        assert texts(header) == ["Draft & <Co>"]
    (shape,) = shapes(section.header)
    assert shape.get("fillcolor") == "#ff0000"
    assert shape.find(FILL).get("opacity") == "0.5"
    assert shape.get("id").startswith("PowerPlusWaterMarkObject")
    assert [paragraph.text for paragraph in document.paragraphs] == ["Hello Word"]


def test_a_header_that_is_there_stays_and_nothing_else_changes():
    data = word(header="Company")
    copy = marked(data)
    section = docx.Document(io.BytesIO(copy)).sections[0]
    assert section.header.paragraphs[0].text == "Company"
    assert texts(section.header) == ["DRAFT"]
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(io.BytesIO(copy)) as after:
        assert after.testzip() is None
        changed = {name for name in before.namelist() if before.read(name) != after.read(name)}
    assert changed <= {
        "[Content_Types].xml",
        "word/document.xml",
        "word/_rels/document.xml.rels",
        "word/header1.xml",
    }


def test_a_page_of_another_size_has_the_mark_at_its_own_place():
    copy = docx.Document(
        io.BytesIO(marked(word(header="Company", landscape=True), position="center"))
    )
    upright, wide = copy.sections
    for section in (upright, wide):
        for header in (section.header, section.first_page_header, section.even_page_header):
            (shape,) = shapes(header)
            centre = section.page_width.pt / 2, section.page_height.pt / 2
            assert middle(shape) == pytest.approx(centre, abs=0.1)
    assert wide.header.paragraphs[0].text == "Company"


def test_a_picture_in_a_header_is_in_its_copy_too():
    document = docx.Document(io.BytesIO(word(landscape=True)))
    run = document.sections[0].header.paragraphs[0].add_run()
    run.add_picture(io.BytesIO(picture()))
    copy = docx.Document(io.BytesIO(marked(saved(document))))
    for section in copy.sections:
        (blip,) = section.header._element.iter(qn("a:blip"))
        assert section.header.part.related_parts[blip.get(qn("r:embed"))].blob == picture()


def test_sections_that_are_alike_share_what_they_shared():
    document = docx.Document(io.BytesIO(word(header="Company")))
    for _ in range(5):
        document.add_section()
    copy = marked(saved(document))
    with zipfile.ZipFile(io.BytesIO(copy)) as archive:
        assert len([name for name in archive.namelist() if "header" in name]) == 3
    assert all(
        section.header.is_linked_to_previous
        for section in docx.Document(io.BytesIO(copy)).sections[1:]
    )


@pytest.mark.parametrize(
    ("spec", "x", "y"),
    [
        ({"position": "top_left", "margin": 20}, "left", "top"),
        ({"position": "bottom_right"}, "right", "bottom"),
        ({"position": "center", "offset_x": 100, "offset_y": -50}, "moved", "moved"),
    ],
)
def test_the_mark_stands_where_it_would_in_a_pdf(spec, x, y):
    section = docx.Document(io.BytesIO(marked(word(), **spec))).sections[0]
    (shape,) = shapes(section.header)
    across, down = middle(shape)
    width, height = section.page_width.pt, section.page_height.pt
    if x == "moved":
        assert (across - width / 2, down - height / 2) == pytest.approx((100, 50), abs=0.1)
    else:
        assert (across < width / 3) == (x == "left")
        assert (down < height / 3) == (y == "top")


def test_diagonal_runs_upwards_and_rotation_is_as_asked():
    (shape,) = shapes(
        docx.Document(io.BytesIO(marked(word(), position="diagonal"))).sections[0].header
    )
    assert 300 < float(style(shape)["rotation"]) < 315
    (shape,) = shapes(docx.Document(io.BytesIO(marked(word(), rotation=30))).sections[0].header)
    assert float(style(shape)["rotation"]) == pytest.approx(330, abs=0.01)


def test_lines_layers_and_tiles_are_shapes_of_their_own():
    layers = [{"watermark_text": "{{ document.title }}", "position": "top_right"}]
    header = docx.Document(io.BytesIO(marked(word(), "one\ntwo", layers=layers))).sections[0].header
    assert texts(header) == ["one", "two", "Offer"]
    first, second, _ = shapes(header)
    assert middle(second)[1] > middle(first)[1]
    tiles = shapes(
        docx.Document(io.BytesIO(marked(word(), position="tile", font_size=40))).sections[0].header
    )
    assert len(tiles) > 6
    assert len({shape.get("id") for shape in tiles}) == len(tiles)
    with pytest.raises(TooLarge):
        marked(word(), position="tile", font_size=8)


def test_what_a_word_document_cannot_have_is_refused_field_by_field():
    spec = WatermarkSpec(
        watermark_text="{{ page }}",
        pages="1-2",
        strength="sealed",
        active_content="strip",
        layers=[{"watermark_text": "x", "pages": "odd"}],
    )
    named = [problem.loc for problem in problems_in_word(spec)]
    assert named == [
        ("strength",),
        ("active_content",),
        ("pages",),
        ("watermark_text",),
        ("layers", "0", "pages"),
    ]
    with pytest.raises(BadSpec):
        result_of(word(), io.BytesIO(), spec)
    assert problems_in_word(WatermarkSpec(watermark_text="x", position="tile")) == []


def test_warnings_and_pages_by_the_length_of_the_text():
    out = io.BytesIO()
    result = result_of(
        word("x" * (3 * CHARACTERS_PER_PAGE)), out, WatermarkSpec(watermark_text="a")
    )
    assert [notice.code for notice in result.warnings] == ["mark_behind_text"]
    assert (result.pages, result.bytes_written) == (3, len(out.getvalue()))
    under = result_of(word(), io.BytesIO(), WatermarkSpec(watermark_text="a", layer="under"))
    assert (under.warnings, under.pages) == ((), 1)


def test_a_signed_document_is_refused_unless_allowed():
    rels = part(word(), "_rels/.rels").replace(
        b"</Relationships>",
        b'<Relationship Id="s" Target="_xmlsignatures/origin.sigs" Type="http://schemas.'
        b'openxmlformats.org/package/2006/relationships/digital-signature/origin"/></Relationships>',
    )
    signed = repacked(word(), {"_rels/.rels": rels, "_xmlsignatures/origin.sigs": b""})
    with pytest.raises(Signed):
        marked(signed)
    spec = WatermarkSpec(watermark_text="x", layer="under", preserve_signatures="allow")
    (notice,) = result_of(signed, io.BytesIO(), spec).warnings
    assert notice.code == "signatures_broken"


def test_a_document_without_section_properties_gets_some():
    body = part(word(), "word/document.xml")
    tree = etree.fromstring(body)
    for each in list(tree.iter(qn("w:sectPr"))):
        each.getparent().remove(each)
    copy = marked(repacked(word(), {"word/document.xml": etree.tostring(tree)}))
    assert texts(docx.Document(io.BytesIO(copy)).sections[0].header) == ["DRAFT"]


def with_document(change) -> bytes:
    return repacked(word(), {"word/document.xml": change(part(word(), "word/document.xml"))})


def of_type(old: bytes, new: bytes) -> bytes:
    name = "[Content_Types].xml"
    return repacked(word(), {name: part(word(), name).replace(old, new)})


ENTITIES = (
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
)


def with_overlap() -> bytes:
    """Two parts of the directory whose data are the same bytes."""
    data = bytearray(word())
    rows = [at for at in range(len(data)) if data[at : at + 4] == b"PK\x01\x02"]
    first = struct.unpack_from("<L", data, rows[0] + 42)[0]
    struct.pack_into("<L", data, rows[1] + 42, first)
    return bytes(data)


def with_bit(offset: int, value: int) -> bytes:
    """Something else in the first row of the directory."""
    data = bytearray(word())
    struct.pack_into("<H", data, data.index(b"PK\x01\x02") + offset, value)
    return bytes(data)


def twice() -> bytes:
    out = io.BytesIO(word())
    with zipfile.ZipFile(out, "a") as archive, pytest.warns(UserWarning):
        archive.writestr("word/document.xml", b"<other/>")
    return out.getvalue()


HOSTILE = {
    "entities": (
        lambda: with_document(
            lambda xml: xml.replace(b"<w:document", ENTITIES + b"<w:document", 1)
        ),
        Damaged,
    ),
    "bomb": (lambda: with_document(lambda xml: b" " * (33 << 20)), TooLarge),
    "deep": (lambda: with_document(lambda xml: b"<a>" * 100_000 + b"</a>" * 100_000), Damaged),
    "not xml": (lambda: with_document(lambda xml: b"\x00\x01"), Damaged),
    "other xml": (lambda: with_document(lambda xml: b"<a/>"), Damaged),
    "overlap": (with_overlap, Damaged),
    "twice": (twice, Damaged),
    "cut": (lambda: word()[:5000], Damaged),
    "encrypted": (lambda: with_bit(8, 1), Encrypted),
    "compressed oddly": (lambda: with_bit(10, 12), Damaged),
    "no document": (lambda: repacked(word(), {"word/document.xml": None}), WatermarkError),
    "macros": (
        lambda: of_type(
            b"vnd.openxmlformats-officedocument.wordprocessingml.document.main",
            b"vnd.ms-word.document.macroEnabled.main",
        ),
        NotADocx,
    ),
    "template": (lambda: of_type(b"document.main", b"template.main"), NotADocx),
    "strict": (
        lambda: repacked(
            word(),
            {
                "_rels/.rels": part(word(), "_rels/.rels").replace(
                    b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
                    b"http://purl.oclc.org/ooxml/officeDocument/relationships",
                )
            },
        ),
        NotADocx,
    ),
    "no header": (
        lambda: repacked(word(header="x"), {"word/header1.xml": None}),
        Damaged,
    ),
    "header out of the house": (
        lambda: repacked(
            word(header="x"),
            {
                "word/_rels/document.xml.rels": part(
                    word(header="x"), "word/_rels/document.xml.rels"
                ).replace(b"header1.xml", b"../../../../etc/passwd")
            },
        ),
        Damaged,
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_end_in_a_code(name):
    make, kind = HOSTILE[name]
    with pytest.raises(kind):
        marked(make())


def test_written_documents_hold_the_text_in_its_direction():
    out = io.BytesIO()
    write_docx(title="Offer", content="Hello\nשלום\n\fNext", target=out)
    document = docx.Document(io.BytesIO(out.getvalue()))
    texts = [paragraph.text for paragraph in document.paragraphs]
    assert texts == ["Offer", "Hello", "שלום", "\f", "Next"] or texts[:3] == [
        "Offer",
        "Hello",
        "שלום",
    ]
    assert document.core_properties.title == "Offer"
    assert document.paragraphs[2]._p.pPr.find(qn("w:bidi")) is not None
    assert "PAGE" in etree.tostring(document.sections[0].footer._element).decode()
    assert marked(out.getvalue())
