"""Documents from odd choices, legal and illegal, as hypothesis draws and shrinks them."""

from __future__ import annotations

from hypothesis import strategies as st

from documents.tests import builders
from documents.tests.watermark.pdfs.pages import CONTENT
from documents.tests.watermark.pdfs.writing import KINDS, file_of, updated

NUMBERS = st.integers(0, 14)
REFERENCES = st.builds(lambda number: b"%d 0 R" % number, NUMBERS)
ATOMS = st.one_of(
    REFERENCES,
    st.integers(-10, 10**10).map(lambda number: b"%d" % number),
    st.sampled_from([b"null", b"true", b"()", b"<>", b"(\\()", b"/Page", b"/Pages", b"-.5", b"/"]),
    st.binary(max_size=6).map(lambda data: b"<%s>" % data.hex().encode()),
)
KEYS = st.sampled_from(
    b"Type Kids Count Parent Contents Resources MediaBox CropBox Rotate UserUnit Font XObject"
    b" ExtGState Annots Group StructParents Length Filter F1 X#59 Type0".split()
)


def dictionary(entries: list[tuple[bytes, bytes]]) -> bytes:
    """A dictionary; keys may come twice."""
    return b"<<%s>>" % b"".join(b"/%s %s" % entry for entry in entries)


VALUES = st.recursive(
    ATOMS,
    lambda inner: (
        st.lists(inner, max_size=5).map(lambda items: b"[%s]" % b" ".join(items))
        | st.lists(st.tuples(KEYS, inner), max_size=5).map(dictionary)
    ),
    max_leaves=8,
)
BOXES = st.one_of(
    st.lists(st.sampled_from([0, -50, 100, 300, 792, 14400, 10**9]), min_size=3, max_size=5).map(
        lambda numbers: b"[%s]" % b" ".join(b"%d" % number for number in numbers)
    ),
    VALUES,
)
CONTENTS = st.one_of(
    st.just(CONTENT),
    st.binary(max_size=30),
    st.lists(st.sampled_from([b"q", b"Q", b"BT", b"ET", b"(", b"BI", b"ID", b"/P BMC", b"cm"])).map(
        b" ".join
    ),
)
STREAMS = st.builds(
    lambda data, compress, more: builders.stream(data, more, compress=compress),
    CONTENTS,
    st.booleans(),
    st.sampled_from([b"", b"/Filter/LZWDecode", b"/Length 9 0 R", b"/DecodeParms[null]"]),
)
PAGE_ENTRIES = {
    b"Type": st.just(b"/Page") | VALUES,
    b"Parent": st.just(b"2 0 R") | VALUES,
    b"Contents": REFERENCES | st.just(b"3 0 R") | VALUES,
    b"Resources": REFERENCES | st.just(b"5 0 R") | VALUES,
    b"MediaBox": st.just(b"[0 0 400 300]") | BOXES,
    b"CropBox": BOXES,
    b"Rotate": st.sampled_from([b"90", b"-90", b"45", b"1e3", b"null", b"(x)", b"7 0 R"]),
    b"UserUnit": st.sampled_from([b"2", b"0", b"-1", b"1000000", b"null"]),
    b"Annots": VALUES,
}


@st.composite
def pages(draw: st.DrawFn) -> bytes:
    """A page dictionary, some entries odd or missing."""
    names = draw(st.lists(st.sampled_from(sorted(PAGE_ENTRIES)), max_size=12))
    return dictionary([(name, draw(PAGE_ENTRIES[name])) for name in names])


@st.composite
def nodes(draw: st.DrawFn) -> bytes:
    """A node of the page tree."""
    kids = draw(st.lists(REFERENCES | pages(), max_size=4))
    entries = [
        (b"Type", draw(st.just(b"/Pages") | ATOMS)),
        (b"Kids", b"[%s]" % b" ".join(kids)),
        (b"Count", draw(st.sampled_from([b"%d" % len(kids), b"0", b"99", b"-1", b"9 0 R"]))),
    ]
    return dictionary(entries + draw(st.lists(st.tuples(KEYS, VALUES), max_size=3)))


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """A file of any kind, with or without an update."""
    bodies = st.one_of(pages(), nodes(), STREAMS, VALUES)
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        2: draw(nodes()),
        3: draw(STREAMS),
        4: draw(pages()),
        **draw(st.dictionaries(st.integers(5, 12), bodies, max_size=6)),
    }
    data = file_of(objects, draw(st.sampled_from(KINDS)))
    if draw(st.booleans()):
        newer = draw(st.dictionaries(st.integers(2, 14), bodies, max_size=3))
        data = updated(data, newer, draw(st.sampled_from(KINDS)))
    return data
