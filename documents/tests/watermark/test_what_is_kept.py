"""What a document has beside its pages' look stays: links, fields, structure, outlines, files."""

from __future__ import annotations

import io

import pikepdf
import pytest

from documents.tests import builders
from documents.tests.watermark.marking import marked, outcome
from documents.tests.watermark.pdfs.pages import (
    CONTENT,
    OBJECTS,
    PAGE,
    assert_marked_like_plain,
)
from documents.tests.watermark.pdfs.writing import KINDS, file_of
from documents.tests.watermark.rendering import text_of

CATALOG = (
    b"<</Type/Catalog/Pages 2 0 R/Outlines 20 0 R/AcroForm 22 0 R/StructTreeRoot 30 0 R"
    b"/MarkInfo<</Marked true>>/Lang(en)/PageLabels<</Nums[0<</S/r>>]>>/Metadata 36 0 R"
    b"/Names<</EmbeddedFiles<</Names[(a.txt)40 0 R]>>>>/Dests<</Here[4 0 R/Fit]>>>>"
)
EVERYTHING = {
    **OBJECTS,
    1: CATALOG,
    3: builders.stream(b"/P<</MCID 0>>BDC " + CONTENT + b" EMC"),
    4: b"<<%s/Annots[23 0 R 24 0 R]/StructParents 0/Tabs/S>>" % PAGE,
    20: b"<</Type/Outlines/First 21 0 R/Last 21 0 R/Count 1>>",
    21: b"<</Title(Chapter)/Parent 20 0 R/Dest[4 0 R/Fit]>>",
    22: b"<</Fields[24 0 R]/DA(/Helv 0 Tf)>>",
    23: b"<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/Border[0 0 0]/A<</S/URI/URI(http://x.y)>>>>",
    24: b"<</Type/Annot/Subtype/Widget/FT/Tx/T(name)/V(value)/Rect[9 9 9 9]/F 2/P 4 0 R>>",
    30: b"<</Type/StructTreeRoot/K 31 0 R/ParentTree<</Nums[0[32 0 R]]>>>>",
    31: b"<</Type/StructElem/S/Document/P 30 0 R/K[32 0 R]>>",
    32: b"<</Type/StructElem/S/P/P 31 0 R/Pg 4 0 R/K 0>>",
    36: builders.stream(b"<?xpacket begin=''?><x/><?xpacket end='w'?>", b"/Type/Metadata"),
    40: b"<</Type/Filespec/F(a.txt)/EF<</F 41 0 R>>>>",
    41: builders.stream(b"attached", b"/Type/EmbeddedFile"),
}


@pytest.fixture(params=KINDS)
def kept(request):
    """A document with everything, and the same marked."""
    before = file_of(EVERYTHING, request.param)
    after, _ = assert_marked_like_plain(before)
    return pikepdf.open(io.BytesIO(before)), pikepdf.open(io.BytesIO(after))


def test_all_entries_of_catalog_and_page_but_two(kept):
    before, after = kept
    for entry in before.Root.keys():
        assert after.Root[entry].unparse(resolved=True) is not None
    unchanged = set(before.pages[0].keys()) - {"/Contents", "/Resources", "/Parent"}
    assert unchanged <= set(after.pages[0].keys())


def test_links_and_fields(kept):
    _, after = kept
    link, widget = after.pages[0].Annots
    assert str(link.A.URI) == "http://x.y"
    assert str(widget.V) == "value"
    assert after.Root.AcroForm.Fields[0].objgen == widget.objgen
    assert widget.P.objgen == after.pages[0].obj.objgen


def test_outlines_and_destinations_lead_to_the_page(kept):
    _, after = kept
    for destination in (after.Root.Outlines.First.Dest, after.Root.Dests.Here):
        assert destination[0].objgen == after.pages[0].obj.objgen
    assert after.open_outline().root[0].title == "Chapter"


def test_structure_is_untouched(kept):
    """The element still finds its page, and the page its element."""
    _, after = kept
    element = after.Root.StructTreeRoot.K.K[0]
    assert element.Pg.objgen == after.pages[0].obj.objgen
    assert after.Root.StructTreeRoot.ParentTree.Nums[1][0].objgen == element.objgen
    assert len(after.Root.StructTreeRoot.K.K) == 1
    assert after.pages[0].StructParents == 0


def test_attached_files_and_metadata(kept):
    _, after = kept
    assert after.attachments["a.txt"].get_file().read_bytes() == b"attached"
    assert b"xpacket" in after.Root.Metadata.read_bytes()


@pytest.mark.parametrize("kind", KINDS)
def test_the_mark_is_an_artifact(kind):
    """Between BDC and EMC of a pagination artifact, where assistive technology passes by."""
    with pikepdf.open(io.BytesIO(marked(file_of(EVERYTHING, kind)))) as pdf:
        shown = []
        for operands, operator in pikepdf.parse_content_stream(pdf.pages[0]):
            if str(operator) in ("BDC", "BMC"):
                shown.append(operands)
            if str(operator) == "Do":
                tag, properties = shown[-1]
                assert str(tag) == "/Artifact"
                assert (str(properties.Type), str(properties.Subtype)) == (
                    "/Pagination",
                    "/Watermark",
                )
                return
    raise AssertionError("no form is drawn")


@pytest.mark.parametrize("kind", KINDS)
def test_text_can_still_be_found(kind):
    after, _ = outcome(file_of(EVERYTHING, kind))
    assert "quick brown fox" in text_of(after)


@pytest.mark.parametrize("kind", KINDS)
def test_information_and_identifier(kind):
    trailer = b"/Info 50 0 R/ID[<0123456789ABCDEF0123456789ABCDEF><00>]"
    data = file_of({**OBJECTS, 50: b"<</Title(A title)/Custom(x)>>"}, kind, trailer=trailer)
    with pikepdf.open(io.BytesIO(marked(data))) as pdf:
        assert (str(pdf.docinfo.Title), str(pdf.docinfo["/Custom"])) == ("A title", "x")
        assert bytes(pdf.trailer.ID[0]).hex() == "0123456789abcdef" * 2
