"""Fonts of every kind: read as others read them, cut so that others accept it."""

from __future__ import annotations

import io
import random
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, TTFont
from fontTools.ttLib.tables._c_m_a_p import CmapSubtable
from fontTools.ttLib.tables._g_l_y_f import GlyphComponent

from documents.tests.watermark.rendering import rendered, text_of
from documents.tests.watermark.text.drawing import drawn
from documents.watermark.errors import UnsupportedText
from documents.watermark.marks.mark import MarkContext
from documents.watermark.text.choosing import FOLDER, FontChoice, font_of, shipped
from documents.watermark.text.sfnt import BadFont, Tables

TEXT = "CONFIDENTIAL Ǻ ö ż ΐ й ½ fi Ω"
RARE = "\ue000\ue001\ue002"  # what no font of ours draws


def outlines(font: TTFont, glyph: str) -> list[object]:
    pen = DecomposingRecordingPen(font.getGlyphSet())
    font.getGlyphSet()[glyph].draw(pen)
    return pen.value


def square(pen: TTGlyphPen | T2CharStringPen, size: int) -> None:
    pen.moveTo((100, 0))
    for point in ((100, size), (100 + size, size), (100 + size, 0)):
        pen.lineTo(point)
    pen.closePath()


def built(characters: str = RARE, *, compact: bool = False, rights: int = 0) -> TTFont:
    """A font whose glyphs are squares that grow from one character to the next."""
    names = [".notdef", *(f"square{at}" for at in range(len(characters)))]
    sizes = {name: 300 + 100 * at for at, name in enumerate(names)}
    builder = FontBuilder(1000, isTTF=not compact)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap(dict(zip(map(ord, characters), names[1:], strict=True)))
    glyphs = {}
    for name, size in sizes.items():
        pen = T2CharStringPen(900, None) if compact else TTGlyphPen(None)
        square(pen, size)
        glyphs[name] = pen.getCharString() if compact else pen.glyph()
    if compact:
        builder.setupCFF("Squares", {"FullName": "Squares"}, glyphs, {})
    else:
        builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics({name: (900, 100) for name in names})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Squares", "styleName": "", "psName": "Squares"})
    builder.setupOS2(fsType=rights)
    builder.setupPost()
    return builder.font


def saved(font: TTFont) -> bytes:
    file = io.BytesIO()
    font.save(file)
    return file.getvalue()


@pytest.fixture(scope="module")
def theirs() -> TTFont:
    return TTFont(Path(FOLDER) / "DejaVuSans.ttf")


def test_reads_what_others_read(theirs):
    ours, names = shipped("DejaVuSans", "regular"), theirs.getBestCmap()
    for character in TEXT:
        name = names[ord(character)]
        assert ours.glyph_of(character) == theirs.getGlyphID(name)
        assert ours.advance_of(ours.glyph_of(character)) == theirs["hmtx"][name][0]
    assert ours.glyph_of("\U0001f512") == ours.glyph_of("机") == 0
    assert ours.name() == "DejaVuSans"


@pytest.mark.parametrize("stem", ["NotoSansArabic", "DroidSansFallbackFull", "NotoSansSymbols2"])
def test_finds_every_character_of_a_font(stem):
    ours = shipped(stem, "regular")
    font = TTFont(io.BytesIO(ours.tables.data), lazy=True)
    ids = font.getReverseGlyphMap()
    for code, name in font.getBestCmap().items():
        assert ours.glyph_of(chr(code)) == ids[name]
    assert ours.glyph_of("\U0010ffff") == ours.glyph_of("\ufdd0") == 0


@pytest.mark.parametrize("kind", [0, 4, 6, 12])
def test_reads_maps_of_every_format(kind):
    font = built("ABC" if kind == 0 else RARE)
    table = CmapSubtable.newSubtable(kind)
    table.platformID, table.platEncID, table.language = 3, 10 if kind == 12 else 1, 0
    table.cmap = font.getBestCmap()
    font["cmap"].tables = [table]
    ours = font_of(Tables(saved(font)))
    for at, character in enumerate("ABC" if kind == 0 else RARE):
        assert ours.glyph_of(character) == at + 1
    for character in "@D\u00ff\ue003\udfff\U0001f600":
        assert ours.glyph_of(character) == 0


def test_reads_maps_of_symbol_fonts():
    font = built("\uf041\uf042")
    for table in font["cmap"].tables:
        table.platformID, table.platEncID = 3, 0
    font["cmap"].tables = font["cmap"].tables[:1]
    assert font_of(Tables(saved(font))).glyph_of("B") == 2


def test_subset_draws_the_same(theirs):
    ours, names = shipped("DejaVuSans", "regular"), theirs.getBestCmap()
    glyphs = map(ours.glyph_of, f"{TEXT}C")  # one of them twice
    wanted = [(0, 0), *((glyph, 0) for glyph in glyphs)]
    data = ours.subset(wanted)
    subset = TTFont(io.BytesIO(data), checkChecksums=2)
    assert len(data) < 10_000
    assert subset["maxp"].numGlyphs == len(subset["loca"]) - 1 >= len(wanted)
    for number, character in enumerate(f"{TEXT}C", 1):
        name = subset.getGlyphName(number)
        assert outlines(subset, name) == outlines(theirs, names[ord(character)])
        assert subset["hmtx"][name] == theirs["hmtx"][names[ord(character)]]


def test_embedded_widths_are_those_of_the_program():
    data = drawn("Wijf 机")
    assert text_of(data).strip() == "Wijf 机"
    font = shipped("DroidSansFallbackFull", "regular")
    assert font.units_per_em == 256
    assert b"%g" % (1000 * font.advance_of(font.glyph_of("机")) / 256) in data


def in_folder(folder: Path, **files: bytes) -> MarkContext:
    for name, data in files.items():
        (folder / name.replace("_", ".")).write_bytes(data)
    return MarkContext(font_folder=str(folder))


@pytest.mark.parametrize("compact", [False, True])
def test_fonts_of_a_folder_draw_what_ours_do_not(tmp_path, compact):
    context = in_folder(tmp_path, own_otf=saved(built(compact=compact)), broken_ttf=b"no font")
    data = drawn(f"{RARE} A", context=context, font_size=40)
    assert text_of(data) == f"{RARE} A"
    assert (rendered(data).min(axis=2) < 128).sum() > 400 * 3
    assert (b"/CIDFontType0C" in data) is compact


def test_compact_and_other_outlines_look_the_same(tmp_path):
    looks = []
    for compact in (False, True):
        folder = tmp_path / str(compact)
        folder.mkdir()
        context = in_folder(folder, own_otf=saved(built(compact=compact)))
        looks.append(rendered(drawn(RARE, context=context, font_size=40)))
    assert abs(looks[0] - looks[1]).max() <= 1


def test_collections_are_read(tmp_path):
    collection = TTCollection()
    collection.fonts = [built(), built("ab")]
    file = io.BytesIO()
    collection.save(file)
    assert text_of(drawn(RARE, context=in_folder(tmp_path, two_ttc=file.getvalue()))) == RARE


def test_font_that_comes_with_the_instructions_is_the_marks_own():
    context = MarkContext(assets={"squares": io.BytesIO(saved(built("ABC")))})
    data = drawn("ABC d", context=context, font_family="squares")
    assert text_of(data) == "ABC d"
    assert b"+Squares" in data and b"+DejaVuSans" in data


@pytest.mark.parametrize("rights", [0x0002, 0x0100, 0x0200])
def test_font_that_must_not_be_embedded_is_not(tmp_path, rights):
    data = saved(built(rights=rights))
    with pytest.raises(BadFont, match="not allow"):
        font_of(Tables(data))
    with pytest.raises(UnsupportedText):
        drawn(RARE, context=in_folder(tmp_path, own_ttf=data))


@pytest.mark.parametrize("rights", [0, 0x0004, 0x0008, 0x000A])
def test_font_that_may_be_embedded_is(rights):
    assert font_of(Tables(saved(built(rights=rights)))).glyph_of(RARE[0]) == 1


@pytest.mark.parametrize("compact", [False, True])
def test_broken_fonts_are_refused_or_drawn(compact):
    sound = saved(built("ABC", compact=compact))
    chance = random.Random(7)  # noqa: S311  the same breaks every time, nothing secret
    for _ in range(300):
        data = bytearray(sound)
        for _ in range(chance.randint(1, 6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        if chance.random() < 0.2:
            del data[chance.randrange(len(data)) :]
        try:
            context = MarkContext(assets={"own": io.BytesIO(bytes(data))})
            drawn("ABC", context=context, font_family="own")
        except UnsupportedText:
            pass


def test_glyphs_that_are_made_of_each_other_come_once():
    font = built("AB")
    font.recalcBBoxes = False
    for name, other in (("square0", "square1"), ("square1", "square0")):
        part = GlyphComponent()
        part.glyphName, part.x, part.y, part.flags = other, 0, 0, 0
        glyph = font["glyf"][name]
        glyph.numberOfContours, glyph.components = -1, [part]
    own = font_of(Tables(saved(font)))
    subset = TTFont(io.BytesIO(own.subset([(0, 0), (1, 0)])))
    assert subset["maxp"].numGlyphs == 3


def test_own_font_is_asked_first():
    own = font_of(Tables(saved(built("A"))))
    choice = FontChoice(own=own)
    assert choice.font_for("A") is own
    assert choice.font_for("B") is shipped("DejaVuSans", "regular")
