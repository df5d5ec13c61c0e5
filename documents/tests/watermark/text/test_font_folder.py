"""The fonts of the product: small, free to embed, and each of use."""

from __future__ import annotations

from pathlib import Path

import pytest

from documents.watermark.text import choosing
from documents.watermark.text.choosing import FontChoice
from documents.watermark.text.truetype import TrueTypeFont

FOLDER = Path(choosing.FOLDER)
FILES = sorted(FOLDER.glob("*.ttf"))
LICENCES = {
    "DejaVu": "LICENSE-DejaVu.txt",
    "Noto": "LICENSE-OFL.txt",
    "Nanum": "LICENSE-OFL.txt",
    "Droid": "LICENSE-Apache-2.0.txt",
}


def test_folder_is_small():
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 30 << 20


def test_every_font_has_its_licence_and_its_row():
    readme = (FOLDER / "README.md").read_text()
    for path in FILES:
        maker = next(name for name in LICENCES if path.name.startswith(name))
        assert len((FOLDER / LICENCES[maker]).read_text()) > 1000
        assert LICENCES[maker] in readme
        assert f"`{maker}" in readme


def test_nothing_else_lies_there():
    known = {*FILES, FOLDER / "README.md", *(FOLDER / name for name in LICENCES.values())}
    assert set(FOLDER.iterdir()) == known


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_font_may_be_embedded(path):
    font = TrueTypeFont.of_file(str(path))
    assert font.may_be_embedded()
    assert font.glyph_of(" ")
    assert font.name().startswith(path.stem.split("-")[0][:10])


def test_every_font_is_used():
    stems = {name for _, _, name in choosing.SCRIPTS}
    stems |= {*choosing.LAST, *choosing.FAMILIES.values()}
    assert {path.stem.removesuffix("-Bold").removesuffix("-Regular") for path in FILES} == stems


def test_blocks_are_in_order_and_drawn_by_their_font():
    last = -1
    for first, end, stem in choosing.SCRIPTS:
        assert last < first <= end
        last = end
        font = choosing.shipped(stem, "regular")
        drawn = sum(font.glyph_of(chr(code)) != 0 for code in range(first, end + 1))
        assert drawn >= 1, stem


@pytest.mark.parametrize("weight", ["regular", "bold"])
def test_letters_of_a_word_come_from_one_font(weight):
    for word in ("Straße", "Привет", "سري", "שלום", "गोपनीय", "ลับมาก", "机密", "비밀", "機密"):
        fonts = {FontChoice("serif", weight).font_for(character) for character in word}
        assert len(fonts) == 1
        assert None not in fonts
