"""Whole copies with active content taken out: in no object, and in no byte, is any of it left."""

from __future__ import annotations

import io
import re
import zlib

import pikepdf
import pytest

from documents.tests import builders
from documents.tests.watermark.marking import outcome
from documents.tests.watermark.pdfs.pages import OBJECTS, PAGE
from documents.tests.watermark.pdfs.writing import KINDS, file_of, updated
from documents.watermark.repair.active_content import active_content

NEEDLE = b"n33dle"
SCRIPT = b"<</S/JavaScript/JS(app.alert\\(n33dle\\))>>"
FILE = b"<</Type/Filespec/F(n33dle.exe)/EF<</F 31 0 R>>>>"
TREE = b"<</Names[(n33dle)%s]>>"
CATALOG = (
    b"<</Type/Catalog/Pages 2 0 R/OpenAction 20 0 R/AA<</WC 20 0 R/DS%s>>/Collection<</View/D>>"
    b"/Names<</JavaScript 21 0 R/EmbeddedFiles%s/Renditions%s>>/AF[%s]/AcroForm 23 0 R"
    b"/URI<</Base(javascript:n33dle)>>/Outlines 26 0 R/X 20 0 R/Y 30 0 R>>"
) % (SCRIPT, TREE % FILE, TREE % b"<<>>", FILE)
ACTIVE = {
    **OBJECTS,
    1: CATALOG,
    4: b"<<%s/AA<</O 20 0 R/C%s>>/Annots[24 0 R 25 0 R 30 0 R]>>" % (PAGE, SCRIPT),
    20: SCRIPT,
    21: b"<</Kids[22 0 R]>>",
    22: TREE % b"20 0 R",
    23: b"<</Fields[24 0 R]/CO[24 0 R]/NeedAppearances true/XFA[(n33dle)32 0 R]>>",
    24: b"<</Type/Annot/Subtype/Widget/FT/Btn/T(a)/Rect[0 0 9 9]/P 4 0 R/AA<</K%s>>"
    b"/A<</S/SubmitForm/F(http://n33dle)/Next[%s<</S/ImportData/F(n33dle)>>]>>>>"
    % (SCRIPT, SCRIPT),
    25: b"<</Type/Annot/Subtype/Link/Rect[9 9 99 99]/A<</S/Launch/F(n33dle.exe)>>"
    b"/PA<</S/GoToR/F(n33dle.pdf)/D[0/Fit]>>>>",
    26: b"<</First 27 0 R/Last 27 0 R/Count 1>>",
    27: b"<</Title(Chapter)/Parent 26 0 R/A<</S/GoToE/F(n33dle.pdf)/D[0/Fit]/T<<>>>>>>",
    30: b"<</Type/Annot/Subtype/RichMedia/Rect[0 0 9 9]/RichMediaContent<</Assets%s>>>>"
    % (TREE % FILE),
    31: builders.stream(b"MZ n33dle", b"/Type/EmbeddedFile", compress=True),
    32: builders.stream(b"<xdp>n33dle</xdp>", compress=True),
}
NAMES = re.compile(
    rb"/(?:JavaScript|JS|Launch|SubmitForm|ImportData|GoToR|GoToE|EmbeddedFiles?|EF|AF|OpenAction|AA"
    rb"|RichMedia\w*|Rendition\w*|XFA|Collection)(?![A-Za-z])"
)
STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)


def superseded() -> bytes:
    """A later version without a trace of it, behind the first one that has it all."""
    return updated(file_of(ACTIVE, "packed"), OBJECTS, "packed", freed=tuple(range(20, 33)))


def sealed() -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(file_of(ACTIVE))) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(user="", owner="o", R=6))
    return out.getvalue()


def linearized() -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(file_of(ACTIVE))) as pdf:
        pdf.save(out, linearize=True)
    return out.getvalue()


def without_a_table() -> bytes:
    data = file_of(ACTIVE)
    return data[: data.rindex(b"xref\n0")] + b"trailer\n<</Root 1 0 R>>\n"


FILES = {
    **{kind: file_of(ACTIVE, kind) for kind in KINDS},
    "superseded": superseded(),
    "encrypted": sealed(),
    "linearized": linearized(),
    "damaged": without_a_table(),
}


def everything_in(data: bytes) -> bytes:
    """All that stands in a file: each of its bytes, and what streams hold, known or forgotten."""
    parts = [data]
    for match in STREAM.finditer(data):
        unpacker = zlib.decompressobj()
        try:
            parts.append(unpacker.decompress(match[1]))
        except zlib.error:
            continue
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for each in pdf.objects:
            if isinstance(each, pikepdf.Stream):
                parts += [each.stream_dict.unparse(), each.read_bytes()]
            elif each is not None:
                parts.append(each.unparse(resolved=True))
        parts.append(pdf.trailer.unparse())
    return b"\n".join(parts)


@pytest.mark.parametrize("strength", ["standard", "sealed", "raster"])
@pytest.mark.parametrize("name", FILES)
def test_nothing_active_is_left(name, strength):
    data = FILES[name]
    if name != "encrypted":
        assert NEEDLE in everything_in(data)
    copy, result = outcome(data, strength=strength, active_content="strip")
    left = everything_in(copy)
    assert NEEDLE not in left
    assert NAMES.findall(left) == []
    with pikepdf.open(io.BytesIO(copy)) as pdf:
        assert len(pdf.pages) == result.pages == 1
        assert active_content(pdf.objects) == ()
    told = [notice.code for notice in result.warnings]
    assert ("active_content_removed" in told) == (name != "superseded")


@pytest.mark.parametrize("strength", ["standard", "sealed"])
def test_it_stays_where_nobody_asked(strength):
    copy, _ = outcome(FILES["table"], strength=strength)
    assert NAMES.search(everything_in(copy))
