"""Which font draws a character: the family that was asked for, or one made for its script."""

from __future__ import annotations

import os
from bisect import bisect_right

from .scripts import is_drawn
from .sfnt import BadFont, Tables, mapped
from .truetype import TrueTypeFont

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..outcome import File
    from .font import Font

FOLDER = os.path.join(os.path.dirname(os.path.dirname(__file__)), "fonts")  # noqa: PTH118,PTH120  pathlib takes longer to import than a mark to make
FAMILIES = {"sans": "DejaVuSans", "serif": "DejaVuSerif", "mono": "DejaVuSansMono"}
ENDINGS = {"regular": ("", "-Regular"), "bold": ("-Bold", "", "-Regular")}

# Blocks whose characters have a better font than the families; both ends included.
SCRIPTS = (
    (0x0590, 0x05FF, "NotoSansHebrew"),
    (0x0600, 0x06FF, "NotoSansArabic"),
    (0x0700, 0x074F, "NotoSansSyriac"),
    (0x0750, 0x077F, "NotoSansArabic"),
    (0x0780, 0x07BF, "NotoSansThaana"),
    (0x07C0, 0x07FF, "NotoSansNKo"),
    (0x08A0, 0x08FF, "NotoSansArabic"),
    (0x0900, 0x097F, "NotoSansDevanagari"),
    (0x0980, 0x09FF, "NotoSansBengali"),
    (0x0A00, 0x0A7F, "NotoSansGurmukhi"),
    (0x0A80, 0x0AFF, "NotoSansGujarati"),
    (0x0B00, 0x0B7F, "NotoSansOriya"),
    (0x0B80, 0x0BFF, "NotoSansTamil"),
    (0x0C00, 0x0C7F, "NotoSansTelugu"),
    (0x0C80, 0x0CFF, "NotoSansKannada"),
    (0x0D00, 0x0D7F, "NotoSansMalayalam"),
    (0x0D80, 0x0DFF, "NotoSansSinhala"),
    (0x0E00, 0x0E7F, "NotoSansThai"),
    (0x0E80, 0x0EFF, "NotoSansLao"),
    (0x0F00, 0x0FFF, "NotoSerifTibetan"),
    (0x1000, 0x109F, "NotoSansMyanmar"),
    (0x1100, 0x11FF, "NanumGothic"),
    (0x1200, 0x139F, "NotoSansEthiopic"),
    (0x13A0, 0x13FF, "NotoSansCherokee"),
    (0x1400, 0x167F, "NotoSansCanadianAboriginal"),
    (0x1780, 0x17FF, "NotoSansKhmer"),
    (0x18B0, 0x18FF, "NotoSansCanadianAboriginal"),
    (0x19E0, 0x19FF, "NotoSansKhmer"),
    (0x1CD0, 0x1CFF, "NotoSansDevanagari"),
    (0x2D30, 0x2D7F, "NotoSansTifinagh"),
    (0x2D80, 0x2DDF, "NotoSansEthiopic"),
    (0x2E80, 0x312F, "DroidSansFallbackFull"),
    (0x3130, 0x318F, "NanumGothic"),
    (0x3190, 0x9FFF, "DroidSansFallbackFull"),
    (0xA830, 0xA83F, "NotoSansDevanagari"),
    (0xA8E0, 0xA8FF, "NotoSansDevanagari"),
    (0xA9E0, 0xA9FF, "NotoSansMyanmar"),
    (0xAA60, 0xAA7F, "NotoSansMyanmar"),
    (0xAB00, 0xAB2F, "NotoSansEthiopic"),
    (0xAB70, 0xABBF, "NotoSansCherokee"),
    (0xAC00, 0xD7FF, "NanumGothic"),
    (0xF900, 0xFAFF, "DroidSansFallbackFull"),
    (0xFB1D, 0xFB4F, "NotoSansHebrew"),
    (0xFB50, 0xFDFF, "NotoSansArabic"),
    (0xFE30, 0xFE6F, "DroidSansFallbackFull"),
    (0xFE70, 0xFEFF, "NotoSansArabic"),
    (0xFF00, 0xFFEF, "DroidSansFallbackFull"),
)
FIRSTS = [first for first, _, _ in SCRIPTS]
# Asked in turn for what neither has.
LAST = ("DejaVuSans", "NotoSansSymbols", "NotoSansSymbols2", "DroidSansFallbackFull", "NanumGothic")
MOST_BYTES_OF_AN_ASSET = 64 << 20
MAXIMUM_OWN_FONTS = 200  # files of a folder of fonts that are looked at

_by_look: dict[tuple[str, str], TrueTypeFont] = {}
_by_file: dict[str, TrueTypeFont] = {}


def shipped(stem: str, weight: str) -> TrueTypeFont:
    """A font of the product, opened once per process; regular where it has no such weight."""
    font = _by_look.get((stem, weight))
    if font is None:
        font = _by_look[stem, weight] = _opened(stem, weight)
    return font


def _opened(stem: str, weight: str) -> TrueTypeFont:
    for ending in ENDINGS[weight]:
        path = f"{FOLDER}/{stem}{ending}.ttf"
        try:
            return _by_file.get(path) or _by_file.setdefault(path, TrueTypeFont.of_file(path))
        except FileNotFoundError:
            continue
    raise BadFont(f"{stem} is missing")


def script_font(character: str) -> str:
    """The name of the font made for a character's script, empty where the family draws it."""
    row = bisect_right(FIRSTS, ord(character)) - 1
    return SCRIPTS[row][2] if row >= 0 and ord(character) <= SCRIPTS[row][1] else ""


class FontChoice:
    """The fonts of one mark: its own first, then what its characters need."""

    def __init__(
        self,
        family: str = "sans",
        weight: str = "regular",
        *,
        own: Font | None = None,
        folder: str | None = None,
    ) -> None:
        self.weight = weight if weight in ENDINGS else "regular"
        self.first: Font = own or shipped(FAMILIES.get(family, FAMILIES["sans"]), self.weight)
        self._is_own = own is not None
        self._folder = folder
        self._folder_fonts: list[Font] | None = None
        self._chosen: dict[str, Font | None] = {}

    def font_for(self, cluster: str) -> Font | None:
        """The font that draws a character with its marks; None where none has them all."""
        if cluster not in self._chosen:
            self._chosen[cluster] = next(
                (font for font in self._candidates(cluster[0]) if _has_all(font, cluster)), None
            )
        return self._chosen[cluster]

    def _candidates(self, character: str) -> Iterator[Font]:
        made_for_it = script_font(character)
        if self._is_own or not made_for_it:
            yield self.first
        yield from self._of_the_folder()
        if made_for_it:
            yield shipped(made_for_it, self.weight)
            yield self.first
        for stem in LAST:
            yield shipped(stem, self.weight)

    def _of_the_folder(self) -> list[Font]:
        """The fonts of the folder that the caller names, in the order of their names."""
        if self._folder_fonts is None:
            self._folder_fonts = []
            for name in _files_of(self._folder)[:MAXIMUM_OWN_FONTS]:
                if name.lower().endswith((".ttf", ".otf", ".ttc", ".otc")):
                    self._folder_fonts += _usable(f"{self._folder}/{name}")
        return self._folder_fonts


def _has_all(font: Font, cluster: str) -> bool:
    return all(font.glyph_of(character) for character in cluster if is_drawn(character))


def _files_of(folder: str | None) -> list[str]:
    if folder is None:
        return []
    with os.scandir(folder) as entries:
        return sorted(entry.name for entry in entries if entry.is_file())


def _usable(path: str) -> list[Font]:
    """The font of a file, nothing where it is not one that may be embedded."""
    try:
        return [font_of(Tables(mapped(path)))]
    except (BadFont, OSError):
        return []


def font_of_asset(file: File) -> Font:
    """The font in a file that came with the instructions; raises BadFont."""
    if isinstance(file, str | bytes | os.PathLike):
        with open(file, "rb") as opened:  # noqa: PTH123  pathlib takes longer to import
            return font_of_asset(opened)
    file.seek(0)
    data = file.read(MOST_BYTES_OF_AN_ASSET + 1)
    if len(data) > MOST_BYTES_OF_AN_ASSET:
        raise BadFont("it is too large")
    return font_of(Tables(data))


def font_of(tables: Tables) -> Font:
    """A font by the outlines that it has; raises BadFont, also where embedding it is forbidden."""
    font: Font
    if b"glyf" in tables:
        font = TrueTypeFont(tables)
    else:
        from .compact import CompactFont

        font = CompactFont(tables)
    if not font.may_be_embedded():
        raise BadFont("its maker does not allow to embed it")
    return font
