"""The rules of PDF/A (ISO 19005-1, -2, -4) that a mark could break, checked on marked files.

No validator to be had here checks files; this one looks at what a mark brings into a document:
its page content, forms, fonts, colours and pictures, and at the way its objects are written.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pikepdf

DEVICE_OPERATORS = {"g", "G", "rg", "RG", "k", "K"}
DEVICE_SPACES = {"/DeviceGray", "/DeviceRGB", "/DeviceCMYK"}
BLEND_MODES = {"/Normal", "/Compatible"}
FILTERS = {"/FlateDecode", "/DCTDecode", "/ASCII85Decode", "/ASCIIHexDecode", "/RunLengthDecode"}
LONGEST_NAME = 127


def broken(marked: bytes, *, part: int, original_bytes: int) -> set[str]:
    """What rules the objects of a mark break. ``original_bytes``: where the tail begins."""
    found = set(_syntax(marked[original_bytes:]))
    with pikepdf.open(io.BytesIO(marked)) as pdf:
        if "/OCProperties" in pdf.Root:
            found.add("optional content")
        for page in pdf.pages:
            found |= set(_page(page.obj, part))
    return found


def _syntax(tail: bytes) -> Iterator[str]:
    """6.1.8 of part 1, 6.1.9 of part 2: how objects are written; streams' data left aside."""
    bare = re.sub(rb"stream\r?\n.*?\nendstream", b"stream\nendstream", tail, flags=re.DOTALL)
    for heading in re.finditer(rb"(.?)(\d+)( +)(\d+)( +)obj(.)", bare, re.DOTALL):
        before, _, gap, _, other, after = heading.groups()
        if (
            before not in (b"\n", b"\r", b"")
            or gap != b" "
            or other != b" "
            or after not in b"\r\n"
        ):
            yield "spacing of an object"
    if re.search(rb"[^\r\n]endobj|endobj[^\r\n]", bare):
        yield "spacing of endobj"
    if re.search(rb"[^\r\n]endstream", bare):
        yield "spacing of endstream"
    for string in re.findall(rb"(?<!<)<([0-9A-Fa-f]*)>(?!>)", bare):
        if len(string) % 2:
            yield "odd hexadecimal string"
    if any(len(name) > LONGEST_NAME for name in re.findall(rb"/[^\s/<>\[\]()]+", bare)):
        yield "long name"


def _page(page: pikepdf.Object, part: int) -> Iterator[str]:
    contents = page.Contents
    streams = contents.as_list() if isinstance(contents, pikepdf.Array) else [contents]
    for stream in streams:
        if "/CTMK_Mark" in stream:
            yield from _stream(stream)
            yield from _content(stream, page.Resources)
    for form in page.Resources.XObject.values():
        if "/CTMK_Mark" in form:
            yield from _form(form, part, set())


def _stream(stream: pikepdf.Object) -> Iterator[str]:
    if {"/F", "/FFilter", "/FDecodeParms"} & set(stream.keys()):
        yield "external file"
    filters = stream.get("/Filter", [])
    names = [filters] if isinstance(filters, pikepdf.Name) else list(filters)
    if not {str(name) for name in names} <= FILTERS:
        yield "filter"


def _form(form: pikepdf.Object, part: int, seen: set[tuple[int, int]]) -> Iterator[str]:
    if form.objgen in seen:
        return
    seen.add(form.objgen)
    yield from _stream(form)
    if {"/OPI", "/PS", "/Ref", "/OC", "/Alternates"} & set(form.keys()) or "/Subtype2" in form:
        yield "forbidden key of an external object"
    if form.Subtype == "/Image":
        yield from _image(form, part, seen)
        return
    if part == 1 and "/Group" in form and form.Group.get("/S") == "/Transparency":
        yield "transparency group"
    resources = form.get("/Resources", pikepdf.Dictionary())
    yield from _content(form, resources)
    for state in resources.get("/ExtGState", pikepdf.Dictionary()).values():
        yield from _state(state, part)
    for font in resources.get("/Font", pikepdf.Dictionary()).values():
        yield from _font(font, part)
    for space in resources.get("/ColorSpace", pikepdf.Dictionary()).values():
        if str(space) in DEVICE_SPACES:
            yield "device colour"
    for inner in resources.get("/XObject", pikepdf.Dictionary()).values():
        yield from _form(inner, part, seen)


def _image(image: pikepdf.Object, part: int, seen: set[tuple[int, int]]) -> Iterator[str]:
    if image.get("/Interpolate"):
        yield "interpolation"
    if part == 1 and "/SMask" in image:
        yield "soft mask"
    if "/SMask" in image:
        mask = image.SMask
        if mask.ColorSpace != "/DeviceGray":
            yield "colours of a soft mask"
    space = image.get("/ColorSpace")
    base = space[1] if isinstance(space, pikepdf.Array) and space[0] == "/Indexed" else space
    if isinstance(base, pikepdf.Name) and not image.get("/ImageMask"):
        yield "device colour"


def _state(state: pikepdf.Object, part: int) -> Iterator[str]:
    if {"/TR", "/HTP"} & set(state.keys()) or str(state.get("/TR2", "/Default")) != "/Default":
        yield "transfer function"
    if str(state.get("/BM", "/Normal")) not in BLEND_MODES:
        yield "blend mode"
    if part == 1 and (
        str(state.get("/SMask", "/None")) != "/None"
        or state.get("/ca", 1) != 1
        or state.get("/CA", 1) != 1
    ):
        yield "transparency"


def _font(font: pikepdf.Object, part: int) -> Iterator[str]:
    """6.3 of part 1, 6.2.11 of part 2."""
    if font.Subtype == "/Type3":
        for glyph in font.CharProcs.values():
            yield from _content(glyph, font.get("/Resources", pikepdf.Dictionary()))
        return
    descendant = font.DescendantFonts[0] if font.Subtype == "/Type0" else font
    descriptor = descendant.get("/FontDescriptor", pikepdf.Dictionary())
    if not {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor.keys()):
        yield "font that is not embedded"
        return
    if not re.match(r"/[A-Z]{6}\+", str(descriptor.FontName)):
        yield "name of a subset"
    if descriptor.FontName != descendant.BaseFont:
        yield "names of a font"
    if font.Subtype == "/Type0":
        yield from _composite(font, descendant, part)
    if "/ToUnicode" not in font:
        yield "ToUnicode"


def _composite(font: pikepdf.Object, descendant: pikepdf.Object, part: int) -> Iterator[str]:
    if font.Encoding not in (pikepdf.Name("/Identity-H"), pikepdf.Name("/Identity-V")):
        yield "encoding"
    if descendant.Subtype == "/CIDFontType2" and "/CIDToGIDMap" not in descendant:
        yield "CIDToGIDMap"
    if part == 1 and "/CIDSet" not in descendant.FontDescriptor:
        yield "CIDSet"


def _content(stream: pikepdf.Object, resources: pikepdf.Object) -> Iterator[str]:
    """6.2.10 of part 1, 6.2.2 of part 2: operators, and resources that the stream itself names."""
    depth = 0
    for instruction in pikepdf.parse_content_stream(stream):
        operator = str(instruction.operator)
        if operator in DEVICE_OPERATORS:
            yield "device colour"
        if operator in ("cs", "CS") and str(instruction.operands[0]) in DEVICE_SPACES:
            yield "device colour"
        if operator == "ri":
            yield "rendering intent"
        if operator == "Do" and str(instruction.operands[0]) not in resources.XObject:
            yield "unknown resource"
        depth += {"q": 1, "Q": -1}.get(operator, 0)
        if depth > 28:
            yield "nesting of q"
