"""What does something when a document is opened is found and taken out, and nothing else is."""

from __future__ import annotations

import io

import pikepdf
import pytest

from documents.tests import builders
from documents.watermark.repair.active_content import active_content, strip

SCRIPT = b"<</S/JavaScript/JS(app.alert\\(1\\))>>"
TREE = b"<</Names[(a) %s]>>"
FILE = b"<</Type/Filespec/F(a.exe)/EF<</F 5 0 R>>>>"


def document(
    catalog: bytes = b"", page: bytes = b"", annotation: bytes = b"", more: bytes = b"null"
) -> pikepdf.Pdf:
    """``annotation`` is object 4 and on the page, ``more`` object 7."""
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R%s>>" % catalog,
        2: b"<</Type/Pages/Count 1/Kids[10 0 R]>>",
        5: builders.stream(b"MZ", b"/Type/EmbeddedFile"),
        7: more,
        10: b"<</Type/Page/Parent 2 0 R%s%s>>" % (builders.page_entries(), page),
    }
    if annotation:
        objects[4] = b"<</Type/Annot/Rect[0 0 9 9]%s>>" % annotation
        objects[10] = objects[10][:-2] + b"/Annots[4 0 R]>>"
    return pikepdf.open(io.BytesIO(builders.document(objects)))


CASES = {
    "open": (document(b"/OpenAction" + SCRIPT), "scripts"),
    "names": (document(b"/Names<</JavaScript" + TREE % SCRIPT + b">>"), "scripts"),
    "embedded": (document(b"/Names<</EmbeddedFiles" + TREE % FILE + b">>"), "attachments"),
    "associated": (document(b"/AF[7 0 R]", more=FILE), "attachments"),
    "collection": (document(b"/Collection<</View/D>>"), "attachments"),
    "catalog trigger": (document(b"/AA<</WC" + SCRIPT + b">>"), "triggers"),
    "page trigger": (document(page=b"/AA<</O 7 0 R>>", more=SCRIPT), "triggers"),
    "link": (document(annotation=b"/Subtype/Link/A<</S/Launch/F(a.exe)>>"), "programs"),
    "indirect": (document(annotation=b"/Subtype/Link/A 7 0 R", more=SCRIPT), "scripts"),
    "web script": (
        document(annotation=b"/Subtype/Link/A<</S/URI/URI( JavaScript:x)>>"),
        "scripts",
    ),
    "next": (
        document(annotation=b"/Subtype/Link/A<</S/Named/N/NextPage/Next[7 0 R]>>", more=SCRIPT),
        "scripts",
    ),
    "submit": (document(annotation=b"/Subtype/Widget/A<</S/SubmitForm/F(http://x)>>"), "sending"),
    "import": (document(annotation=b"/Subtype/Widget/A<</S/ImportData/F(x)>>"), "imports"),
    "other": (document(annotation=b"/Subtype/Link/A<</S/GoToR/F(x)/D[0]>>"), "other_documents"),
    "media": (document(annotation=b"/Subtype/Link/A<</S/Rendition>>"), "media"),
    "rich media": (document(annotation=b"/Subtype/RichMedia"), "media"),
    "3d": (document(annotation=b"/Subtype/3D"), "media"),
    "attached": (document(annotation=b"/Subtype/FileAttachment/FS<</F(x)>>"), "attachments"),
    "xfa": (document(b"/AcroForm<</Fields[]/XFA 5 0 R>>"), "xfa"),
    "field": (
        document(b"/AcroForm<</Fields[<</T(a)/AA<</K" + SCRIPT + b">>>>]>>"),
        "triggers",
    ),
    "outline": (document(b"/Outlines<</First<</Title(x)/A" + SCRIPT + b">>>>"), "scripts"),
}


def texts(pdf: pikepdf.Pdf) -> list[bytes]:
    kinds = pikepdf.Dictionary, pikepdf.Array
    return [each.unparse(resolved=True) for each in pdf.objects if isinstance(each, kinds)]


def saved(pdf: pikepdf.Pdf) -> pikepdf.Pdf:
    out = io.BytesIO()
    pdf.save(out)
    return pikepdf.open(out)


@pytest.mark.parametrize("case", CASES)
def test_found_and_taken_out(case):
    pdf, kind = CASES[case]
    assert kind in active_content(pdf.objects)
    notices = strip(pdf)
    assert [notice.code for notice in notices] == ["active_content_removed"]
    again = saved(pdf)
    assert active_content(again.objects) == ()
    assert strip(again) == ()
    assert len(again.pages) == 1
    assert b"app.alert" not in b"".join(texts(again))
    streams = [each for each in again.objects if isinstance(each, pikepdf.Stream)]
    assert not any(each.read_bytes() == b"MZ" for each in streams)


QUIET = [
    {"annotation": b"/Subtype/Link/A<</S/URI/URI(https://example.com)>>"},
    {"annotation": b"/Subtype/Link/A<</S/GoTo/D[10 0 R/Fit]>>"},
    {"annotation": b"/Subtype/Link/Dest[10 0 R/Fit]"},
    {"catalog": b"/OpenAction[10 0 R/Fit]"},
    {"catalog": b"/OpenAction<</S/GoTo/D[10 0 R/Fit]>>"},
    {"catalog": b"/StructTreeRoot<</K<</S/P/A<</O/Layout/Placement/Block>>>>>>"},
    {"catalog": b"/Names<</Dests<</Names[(a)[10 0 R/Fit]]>>/EmbeddedFiles<</Names[]>>>>"},
    {
        "page": b"/Resources<</Font<</AA 7 0 R/AF 7 0 R/EF 7 0 R/A 7 0 R/Movie 7 0 R>>"
        b"/XObject<</AA 5 0 R/JavaScript 5 0 R>>>>",
        "more": b"<</Type/Font/Subtype/Type3/Encoding<</S/x>>/ToUnicode 5 0 R>>"[:-2] + b">>",
    },
    {"catalog": b"/Outlines<</First 7 0 R>>", "more": b"<</Title(x)/Next 7 0 R>>"},
]


@pytest.mark.parametrize("parts", QUIET)
def test_what_is_quiet_stays(parts):
    pdf = document(**parts)
    before = texts(pdf)
    assert active_content(pdf.objects) == ()
    assert strip(pdf) == ()
    assert texts(pdf) == before


def test_deep_nesting_ends():
    pdf = document(b"/X" + b"<</X" * 400 + b" null" + b">>" * 400 + b"/A" + SCRIPT)
    assert active_content(pdf.objects) == ("scripts",)
