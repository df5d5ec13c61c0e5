"""Active content where a search for its usual places would not find it."""

from __future__ import annotations

import re

import pikepdf
import pytest

from documents.tests import builders
from documents.tests.watermark.test_active_content import FILE, SCRIPT, document, saved, texts
from documents.watermark.repair.active_content import active_content, strip

NEXT = b"<</S/Named/N/NextPage/Next"
RICH = b"/Subtype/RichMedia/RichMediaContent<</Assets<</Names[(x)%s]>>>>" % FILE
FORM = b"/Type/XObject/Subtype/Form/BBox[0 0 1 1]/Ref<</F(x.pdf)/Page 0>>"
ATTACHED = b"<</Subtype/FileAttachment/Rect[0 0 1 1]/FS<</EF<</F 5 0 R>>>>>>"
ADDRESS = b"/Subtype/Link/A<</S/URI/URI%s>>"
CASES = {
    "under an escaped name": document(b"/Open#41ction<</S/J#61vaScript/JS(app.alert\\(1\\))>>"),
    "deep in a chain": document(
        annotation=b"/Subtype/Link/A" + NEXT * 80 + SCRIPT + b">>" * 80,
    ),
    "in a list in a list": document(annotation=b"/Subtype/Link/A%s[[%s]]>>" % (NEXT, SCRIPT)),
    "in a trigger's chain": document(b"/AA<</WC%s%s>>>>" % (NEXT, SCRIPT)),
    "without a kind": document(b"/AA<</WC<</JS(app.alert\\(1\\))>>>>"),
    "of a kind in brackets": document(annotation=b"/Subtype/Link/A<</S(x)/JS(app.alert\\(1\\))>>"),
    "of a kind elsewhere": document(
        annotation=b"/Subtype/Link/A<</S 7 0 R/F(a)>>", more=b"/Launch"
    ),
    "for one system": document(annotation=b"/Subtype/Link/A<</S/Launch/Win<</F(a)>>>>"),
    "under no known name": document(b"/X 7 0 R", more=SCRIPT),
    "under no known name, a program": document(b"/X[<</S/Launch/F(a.exe)>>]"),
    "in a tree that two lead to": document(
        b"/Names<</JavaScript 7 0 R>>/Y 7 0 R", more=b"<</Names[(a)%s]>>" % SCRIPT
    ),
    "on no place": document(page=b"/Annots[<</Subtype/FileAttachment/FS<</F(x)>>>>]"),
    "kept by the structure": document(
        b"/StructTreeRoot<</K<</S/Annot/K<</Type/OBJR/Obj 4 0 R>>>>>>", annotation=RICH
    ),
    "on a page not shown": document(
        b"/Names<</Templates<</Names[(t)7 0 R]>>>>",
        more=b"<</Type/Template/Annots[%s]>>" % ATTACHED,
    ),
    "as a field's part": document(
        b"/AcroForm<</Fields[<</T(a)/Kids[<</Subtype/Screen/Rect[0 0 9 9]>>]>>]>>"
    ),
    "a file beside others": document(
        b"/X 7 0 R", more=b"<</Type/Filespec/F(a.exe)/EF<</F 5 0 R/X 1>>>>"
    ),
    "a form without fields": document(b"/AcroForm<</XFA 5 0 R>>"),
    "a form in parts": document(b"/AcroForm<</XFA[(template)5 0 R]>>"),
    "an address with a tab": document(annotation=ADDRESS % b"(java\\tscript:app.alert\\(1\\))"),
    "an address with a zero": document(annotation=ADDRESS % b"<016a6176617363726970743a61>"),
    "an address in UTF-16": document(
        annotation=ADDRESS % b"<feff006a006100760061007300630072006900700074003a>"
    ),
    "an address in parts": document(
        b"/URI<</Base(javascript:)>>", annotation=ADDRESS % b"(app.alert\\(1\\))"
    ),
    "data outside": document(b"/X 7 0 R", more=builders.stream(b"", b"/F(c:/x)/FFilter/x")),
    "a page of another file": document(b"/X 7 0 R", more=builders.stream(b"", FORM)),
    "what a script has to be run for": document(
        b"/Requirements[<</S/EnableJavaScripts/RH<</S/JS/Script(x)>>>>]"
    ),
}
LEFT = re.compile(
    rb"/(?:JavaScript|JS|Launch|EF|EmbeddedFiles?|RichMedia\w*|XFA|AA|FileAttachment|Screen|Base"
    rb"|Ref|FFilter|RH)(?![A-Za-z])|javascript"
)


@pytest.mark.parametrize("case", CASES)
def test_found_and_taken_out(case):
    pdf = CASES[case]
    assert active_content(pdf.objects)
    assert [notice.code for notice in strip(pdf)] == ["active_content_removed"]
    again = saved(pdf)
    assert active_content(again.objects) == ()
    streams = [each for each in again.objects if isinstance(each, pikepdf.Stream)]
    assert not any(each.read_raw_bytes() == b"MZ" for each in streams)
    everything = texts(again) + [each.stream_dict.unparse() for each in streams]
    assert LEFT.findall(b"".join(everything)) == []


RESOURCES = b"/Resources<<%s>>"
QUIET = {
    "a picture of that name": document(
        page=RESOURCES % b"/XObject<</XFA 7 0 R/Ref 7 0 R/RH 7 0 R>>",
        more=builders.stream(b"", b"/Subtype/Form/BBox[0 0 1 1]"),
    ),
    "colours of that name": document(page=RESOURCES % b"/ColorSpace<</XFA[/Separation/X 7 0 R]>>"),
    "a font of that name": document(
        page=RESOURCES % b"/Font<</AA 7 0 R/EF 7 0 R/Ref 7 0 R/URI 7 0 R>>",
        more=b"<</Type/Font/Encoding<</S/x>>>>",
    ),
    "a role of that name": document(
        b"/StructTreeRoot 7 0 R", more=b"<</K[<</S/Launch/P 7 0 R/K[0]>><</S/Sound/P 7 0 R>>]>>"
    ),
    "an address with a colon": document(annotation=ADDRESS % b"(https://x.y/?javascript:1)"),
    "a base": document(b"/URI<</Base(https://x.y)>>"),
}


@pytest.mark.parametrize("case", QUIET)
def test_what_is_quiet_stays(case):
    pdf = QUIET[case]
    before = texts(pdf)
    assert active_content(pdf.objects) == ()
    assert strip(pdf) == ()
    assert texts(pdf) == before
