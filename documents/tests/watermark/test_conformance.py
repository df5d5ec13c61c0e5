"""What documents claim, and the rules for marks that follow."""

from __future__ import annotations

import tempfile

import pytest

from documents.tests import builders
from documents.watermark.conformance import claims_in, mark_rules
from documents.watermark.reading.pdf_file import PdfFile

PDFA = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/'
    b'1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">%s</rdf:Description></rdf:RDF></x:xmpmeta>'
)
ELEMENTS = b"<pdfaid:part>%d</pdfaid:part><pdfaid:conformance>%s</pdfaid:conformance>"
INTENT = b"/OutputIntents[<</S/GTS_PDFA1/DestOutputProfile 6 0 R>>]"


def xmp(part: int, level: bytes = b"B") -> bytes:
    return PDFA % (ELEMENTS % (part, level))


def document(metadata: bytes, catalog: bytes = b"", entries: bytes = b"") -> bytes:
    return builders.document(
        {
            1: b"<</Type/Catalog/Pages 2 0 R/Metadata 5 0 R%s>>" % catalog,
            2: b"<</Type/Pages/Count 1/Kids[10 0 R]>>",
            5: builders.stream(metadata, b"/Type/Metadata/Subtype/XML" + entries),
            6: builders.stream(b"", b"/N 3"),
            10: b"<</Type/Page/Parent 2 0 R%s>>" % builders.page_entries(),
        }
    )


def rules(data: bytes) -> tuple[bool, bool]:
    """Without transparency, device independent."""
    with tempfile.TemporaryFile() as stream:
        stream.write(data)
        stream.flush()
        with PdfFile(stream) as file:
            told = mark_rules(file)
            return told.without_transparency, told.device_independent


@pytest.mark.parametrize(
    ("metadata", "claim"),
    [
        (xmp(2), "2b"),
        (xmp(1, b"A"), "1a"),
        (PDFA % b"<pdfaid:part>4</pdfaid:part>", "4"),
        (xmp(3).decode().encode("utf-16"), "3b"),
        (xmp(3).decode().encode("utf-16-be"), "3b"),
        (xmp(3).replace(b"pdfaid:", b"a.b:").replace(b"xmlns:pdfaid", b"xmlns:a.b"), "3b"),
        (xmp(3).replace(b"pdfa/ns", b"other/ns"), ""),
        (PDFA % b"<pdfaid:part>many</pdfaid:part>", ""),
        (b"<x pdfaid:part='2' xmlns:pdfaid='http://www.aiim.org/pdfa/ns/id/'/>", "2"),
        (b"", ""),
        (b"\xff\xfe\x00", ""),
    ],
)
def test_claims_of_pdf_a(metadata, claim):
    assert claims_in(metadata).pdfa == claim


def test_other_claims():
    told = claims_in(
        b'<x xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" xmlns:pdfx='
        b'"http://ns.adobe.com/pdfx/1.3/" pdfx:GTS_PDFXVersion="PDF/X-3:2002" pdfuaid:part = "1"/>'
    )
    assert (told.pdfa, told.pdfua, told.pdfx) == ("", "1", "PDF/X-3:2002")
    newer = b'<x xmlns:i="http://www.npes.org/pdfx/ns/id/" i:GTS_PDFXVersion="PDF/X-4"/>'
    assert claims_in(newer).pdfx == "PDF/X-4"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (builders.plain(), (False, False)),
        (document(b"<no claim/>"), (False, False)),
        (document(xmp(1), INTENT), (True, True)),
        (document(xmp(2), INTENT), (False, True)),
        (document(xmp(2)), (True, True)),
        (document(xmp(2), b"/OutputIntents[<</S/GTS_PDFA1>> 7 0 R]"), (True, True)),
        (document(xmp(2), b"/OutputIntents 7 0 R"), (True, True)),
    ],
)
def test_rules(data, expected):
    assert rules(data) == expected


def test_rules_of_pdf_x():
    metadata = b'<x xmlns:i="http://ns.adobe.com/pdfx/1.3/" i:GTS_PDFXVersion="PDF/X-1:2001"/>'
    assert rules(document(metadata)) == (True, False)


def test_metadata_that_cannot_be_read_claim_nothing():
    assert rules(document(xmp(1)).replace(b"/Length", b"/Lenght")) == (False, False)
    assert rules(document(xmp(1), entries=b"/Filter/FlateDecode")) == (False, False)
    assert rules(document(xmp(1)).replace(b"5 0 R", b"1 0 R")) == (False, False)


def test_marks_that_cover_go_under():
    with tempfile.TemporaryFile() as stream:
        stream.write(document(xmp(1)))
        stream.flush()
        with PdfFile(stream) as file:
            assert mark_rules(file).goes_under(0.5)
            assert not mark_rules(file).goes_under(1)
