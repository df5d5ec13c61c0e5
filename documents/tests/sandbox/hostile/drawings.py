"""What costs whoever draws the page: pictures, fonts, forms, patterns, functions, sizes."""

from __future__ import annotations

import struct
import zlib

from documents.tests import builders
from documents.tests.sandbox.hostile.bombs import deflated
from documents.tests.sandbox.hostile.structures import made

SIDE = 100_000
MOST = 0x7FFFFFFF


def drawn(
    content: bytes, resources: bytes, more: dict[int, bytes] | None = None, **parts: bytes
) -> bytes:
    """A page that draws this; the last of entries that come twice counts for most readers."""
    page = b"/Resources<<%s>>" % resources + parts.pop("page", b"")
    return made(page=page, more={4: builders.stream(content), **(more or {})}, **parts)


def picture(data: bytes, entries: bytes, width: int = SIDE, height: int = SIDE) -> bytes:
    head = b"/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8/ColorSpace/DeviceRGB"
    body = builders.stream(data, head % (width, height) + entries)
    return drawn(b"q 500 0 0 500 9 9 cm /I Do Q", b"/XObject<</I 9 0 R>>", {9: body})


def jpeg(width: int, height: int) -> bytes:
    """The head of a JPEG picture of this size."""
    frame = struct.pack(">BHHB", 8, height, width, 3) + b"\1\x22\0\2\x11\1\3\x11\1"
    return b"\xff\xd8\xff\xc0" + struct.pack(">H", len(frame) + 2) + frame + b"\xff\xda" + bytes(99)


def jpeg_2000(width: int, height: int) -> bytes:
    """The head of a JPEG 2000 code stream of this size, in tiles of one pixel."""
    size = struct.pack(">HIIIIIIIIH", 0, width, height, 0, 0, 1, 1, 0, 0, 3) + b"\7\1\1" * 3
    return b"\xff\x4f\xff\x51" + struct.pack(">H", len(size) + 2) + size + b"\xff\x52" + bytes(99)


def jbig2(width: int, height: int) -> bytes:
    """A page and a symbol dictionary that promise more than there can be."""
    page = struct.pack(">IIIIBH", width, height, 0, 0, 0, 0)
    symbols = struct.pack(">HbbII", 0, 3, -1, MOST, MOST)
    return b"".join(
        struct.pack(">IBBBI", number, kind, 0, 1, len(data)) + data
        for number, (kind, data) in enumerate(((48, page), (0, symbols)))
    )


def forms(levels: int, uses: int) -> bytes:
    """Forms that draw others that draw others."""
    more = {
        number: builders.stream(
            b"/F Do " * uses,
            b"/Type/XObject/Subtype/Form/BBox[0 0 99 99]/Resources<</XObject<</F %d 0 R>>>>"
            % (number + 1),
        )
        for number in range(10, 10 + levels)
    }
    last = builders.stream(b"0 0 9 9 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 99 99]")
    return drawn(b"/F Do", b"/XObject<</F 10 0 R>>", {**more, 10 + levels: last})


def form_of_itself() -> bytes:
    entries = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F 9 0 R>>>>"
    return drawn(b"/F Do", b"/XObject<</F 9 0 R>>", {9: builders.stream(b"/F Do /F Do", entries)})


def font(entries: bytes, more: dict[int, bytes] | None = None) -> bytes:
    resources = b"/Font<</F<</Type/Font/BaseFont/X%s>>>>" % entries
    return drawn(b"BT /F 12 Tf 9 9 Td (ABC) Tj <0001> Tj ET", resources, more)


def true_type(glyph: bytes, *, glyphs: int = 2) -> bytes:
    """A TrueType font whose every glyph is this one."""
    tables = {
        b"cmap": struct.pack(">HHHHIHHHH", 0, 1, 1, 0, 12, 6, 10, 0, 65) + b"\0\0",
        b"glyf": glyph,
        b"head": struct.pack(">IIIIHH", 1 << 16, 0, 0, 0x5F0F3CF5, 0, 1000)
        + bytes(30)
        + b"\0\1\0\0",
        b"hhea": struct.pack(">I", 1 << 16) + bytes(30) + struct.pack(">H", 1),
        b"hmtx": struct.pack(">HH", 500, 0),
        b"loca": struct.pack(">II", 0, len(glyph)) + struct.pack(">I", len(glyph)) * (glyphs - 1),
        b"maxp": struct.pack(">IH", 1 << 16, glyphs) + b"\xff" * 26,
    }
    at, head, body = 12 + 16 * len(tables), b"", b""
    for name, data in tables.items():
        head += name + struct.pack(">III", 0, at + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    return struct.pack(">IHHHH", 1 << 16, len(tables), 64, 2, 0) + head + body


def embedded(data: bytes, key: bytes = b"FontFile2", subtype: bytes = b"TrueType") -> bytes:
    descriptor = b"<</Type/FontDescriptor/FontName/X/Flags 4/%s 9 0 R>>" % key
    return font(
        b"/Subtype/%s/FirstChar 65/LastChar 67/Widths[9 9 9]/FontDescriptor 8 0 R" % subtype,
        {8: descriptor, 9: builders.stream(data, b"/Length1 %d" % len(data), compress=True)},
    )


def of_itself() -> bytes:
    """A glyph that is made of glyph 0 twice, which is itself."""
    part = struct.pack(">HHbb", 0x0022, 0, 0, 0)
    return embedded(
        true_type(struct.pack(">hhhhh", -1, 0, 0, 9, 9) + part + struct.pack(">HHbb", 2, 0, 0, 0))
    )


def composite(more_entries: bytes, more: dict[int, bytes]) -> bytes:
    descendant = (
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/X/CIDSystemInfo<<>>%s>>" % more_entries
    )
    return font(b"/Subtype/Type0/Encoding 8 0 R/DescendantFonts[%s]" % descendant, more)


def large_map() -> bytes:
    ranges = b"1 begincidrange <00000000> <ffffffff> 0 endcidrange\n" * 20_000
    return composite(
        b"",
        {8: builders.stream(b"/X usecmap\n" + ranges, b"/Type/CMap/UseCMap 8 0 R", compress=True)},
    )


def sampled(size: int) -> bytes:
    function = builders.stream(
        zlib.compress(b"x" * 999),
        b"/FunctionType 0/Domain[0 1 0 1]/Range[0 1 0 1 0 1]/Size[%d %d]/BitsPerSample 32"
        % (size, size)
        + FLATE,
    )
    shading = b"<</ShadingType 1/ColorSpace/DeviceRGB/Function 9 0 R>>"
    return drawn(b"/S sh", b"/Shading<</S %s>>" % shading, {9: function})


def calculated() -> bytes:
    program = b"{" * 5000 + b" dup" * 9999 + b"}" * 5000
    function = builders.stream(program, b"/FunctionType 4/Domain[0 1]/Range[0 1 0 1 0 1]")
    shading = b"<</ShadingType 2/Coords[0 0 1 1]/ColorSpace/DeviceRGB/Function 9 0 R>>"
    return drawn(b"/S sh", b"/Shading<</S %s>>" % shading, {9: function})


def pattern(step: bytes) -> bytes:
    tile = builders.stream(
        b"0 0 1 1 re f",
        b"/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 1 1]/XStep %s/YStep %s/Resources<<>>"
        % (step, step),
    )
    return drawn(b"/Pattern cs /P scn 0 0 9999 9999 re f", b"/Pattern<</P 9 0 R>>", {9: tile})


def sized(box: bytes, more: bytes = b"") -> bytes:
    return made(box=b"/MediaBox" + box, page=more)


def in_colours_of_themselves() -> bytes:
    """Spaces of colours that are made of themselves, and a function of itself."""
    spaces = b"/ColorSpace<</A 8 0 R/B 9 0 R/C 11 0 R>>"
    function = (
        b"<</FunctionType 3/Domain[0 1]/Bounds[.5]/Encode[0 1 0 1]/Functions[10 0 R 10 0 R]>>"
    )
    return drawn(
        b"/A cs .5 sc 0 0 9 9 re f /B cs 1 sc 9 9 9 9 re f /C cs .5 .5 sc 0 0 5 5 re f",
        spaces,
        {
            8: b"[/Separation/X 8 0 R 10 0 R]",
            9: b"[/Indexed 9 0 R 2147483647 <00>]",
            10: function,
            11: b"[/DeviceN[/X/Y] 11 0 R 10 0 R<</Colorants<</X 11 0 R>>>>]",
        },
    )


def masked_by_itself() -> bytes:
    """A transparency group whose soft mask is the group (11.4.7, 11.6.5)."""
    entries = (
        b"/Type/XObject/Subtype/Form/BBox[0 0 99 99]/Group<</S/Transparency/K true/I true>>"
        b"/Resources<</ExtGState<</G 8 0 R>>/XObject<</F 9 0 R>>>>"
    )
    state = b"<</SMask<</S/Luminosity/G 9 0 R/TR 8 0 R/BC[1]>>/ca .5/BM/Multiply/Font[9 0 R 9]>>"
    return drawn(
        b"/G gs /F Do",
        b"/ExtGState<</G 8 0 R>>/XObject<</F 9 0 R>>",
        {8: state, 9: builders.stream(b"/G gs /F Do 0 0 9 9 re f", entries)},
    )


def pattern_of_itself() -> bytes:
    tile = builders.stream(
        b"/Pattern cs /P scn 0 0 9 9 re f",
        b"/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 9 9]/XStep 9/YStep 9"
        b"/Resources<</Pattern<</P 9 0 R>>>>",
    )
    return drawn(b"/Pattern cs /P scn 0 0 500 500 re f", b"/Pattern<</P 9 0 R>>", {9: tile})


def mesh(bits: int) -> bytes:
    """A shading of triangles, each spanning more than there is (8.7.4.5.5)."""
    data = builders.stream(
        deflated(8 << 20, bytes(range(256)) * 4096),
        b"/ShadingType 4/ColorSpace/DeviceRGB/BitsPerCoordinate %d/BitsPerComponent 16"
        b"/BitsPerFlag 8/Decode[-1e30 1e30 -1e30 1e30 0 1 0 1 0 1]/Filter/FlateDecode" % bits,
    )
    return drawn(b"/S sh", b"/Shading<</S 9 0 R>>", {9: data})


def with_mask_of_itself() -> bytes:
    head = b"/Type/XObject/Subtype/Image/Width 9/Height 9/BitsPerComponent 8/ColorSpace/DeviceGray"
    body = builders.stream(bytes(81), head + b"/SMask 9 0 R/Alternates[<</Image 9 0 R>>]")
    return drawn(b"/I Do", b"/XObject<</I 9 0 R>>", {9: body})


FLATE = b"/Filter/FlateDecode"
DRAWINGS = {
    "picture of 30 GB": lambda: picture(deflated(1 << 28), FLATE),
    "picture that overflows": lambda: picture(deflated(1 << 20), FLATE, MOST, MOST),
    "picture below nothing": lambda: picture(deflated(1 << 20), FLATE, -1, -1),
    "fax of 100,000 lines": lambda: picture(
        b"\0\1" * 999,
        b"/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns %d/Rows %d>>" % (MOST, MOST),
    ),
    "jpeg of 4 gigapixels": lambda: picture(jpeg(65500, 65500), b"/Filter/DCTDecode", 65500, 65500),
    "jpeg of another size": lambda: picture(jpeg(65500, 65500), b"/Filter/DCTDecode", 9, 9),
    "jpeg 2000 in a billion tiles": lambda: picture(jpeg_2000(SIDE, SIDE), b"/Filter/JPXDecode"),
    "jpeg 2000 that overflows": lambda: picture(jpeg_2000(1 << 31, 1 << 31), b"/Filter/JPXDecode"),
    "jbig2 of 4 gigapixels": lambda: picture(
        jbig2(65500, 65500), b"/Filter/JBIG2Decode", 65500, 65500
    ),
    "jbig2 that overflows": lambda: picture(jbig2(1 << 31, 1 << 31), b"/Filter/JBIG2Decode"),
    "mask of itself": with_mask_of_itself,
    "inline picture": lambda: drawn(b"BI/W %d/H %d/BPC 8/CS/RGB ID x EI " % (SIDE, SIDE), b""),
    "inline picture without end": lambda: drawn(
        b"BI/W 9/H 9/BPC 8/CS/G ID " + b"E I\0" * 1_000_000, b""
    ),
    "inline pictures in each other": lambda: drawn(b"BI/W 1/H 1 ID " * 100_000, b""),
    "inline picture of filters": lambda: drawn(
        b"BI/W 9/H 9/BPC 8/CS/RGB/F[%s] ID x~>\nEI" % (b"/AHx/A85/Fl/LZW/RL" * 500), b""
    ),
    "colours of themselves": in_colours_of_themselves,
    "group masked by itself": masked_by_itself,
    "pattern of itself": pattern_of_itself,
    "mesh of ten million corners": lambda: mesh(32),
    "forms of forms": lambda: forms(12, 10),
    "a form of itself": form_of_itself,
    "many saved states": lambda: drawn(b"q " * 500_000, b""),
    "many curves": lambda: drawn(b"0 0 m " + b"9 9 1 1 5 5 c " * 300_000 + b"S", b""),
    "dashes without length": lambda: drawn(b"[0 .00001] 0 d 0 0 m 9999 9999 l S", b""),
    "numbers out of range": lambda: drawn(b"1e300 0 0 1e300 0 0 cm 0 0 1e300 1e300 re f", b""),
    "pattern without step": lambda: pattern(b"0"),
    "pattern of small steps": lambda: pattern(b".0001"),
    "function of 12 GB": lambda: sampled(65535),
    "function that overflows": lambda: sampled(MOST),
    "function of braces": calculated,
    "glyph of itself": of_itself,
    "glyph of 65,535 contours": lambda: embedded(true_type(b"\xff" * 40 + bytes(400))),
    "font of zeros": lambda: embedded(bytes(1 << 20)),
    "font cut": lambda: embedded(true_type(bytes(10))[:60]),
    "compact font of noise": lambda: embedded(
        b"\1\0\4\4" + bytes(range(256)) * 400, b"FontFile3/Subtype/Type1C", b"Type1"
    ),
    "type 1 font of noise": lambda: embedded(
        b"%!PS-AdobeFont-1.0\neexec " + bytes(range(256)) * 400, b"FontFile", b"Type1"
    ),
    "type 3 font of itself": lambda: font(
        b"/Subtype/Type3/FontBBox[0 0 9 9]/FontMatrix[1 0 0 1 0 0]/FirstChar 65/LastChar 65"
        b"/Widths[9]/Encoding<</Differences[65/A]>>/CharProcs<</A 9 0 R>>",
        {9: builders.stream(b"9 0 d0 BT /F 9 Tf (AAAA) Tj ET")},
    ),
    "character map of everything": large_map,
    "page of kilometres": lambda: sized(b"[0 0 99999999 99999999]", b"/UserUnit 75000"),
    "page of no size": lambda: sized(b"[0 0 0 0]"),
    "page of words": lambda: sized(b"[0 0 (a) 1e400]"),
    "page of not a number": lambda: sized(b"[nan inf -inf 1e39]"),
    "page turned by 45": lambda: sized(b"[0 0 9 9]", b"/Rotate 45"),
}
