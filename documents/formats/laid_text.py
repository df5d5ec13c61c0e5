"""Text in the engine's fonts as reportlab's Platypus lays it out, from page to page.

reportlab has no fallback from font to font and no order for scripts from right to left. So lines
come from the engine, as marks do, and Platypus decides where on which page they stand.
"""

from __future__ import annotations

import zlib
from typing import Any

from reportlab.pdfbase.pdfdoc import PDFObject
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from documents.watermark.errors import UnsupportedText
from documents.watermark.marks.form import form_entries
from documents.watermark.syntax.values import Name, Ref, dictionary
from documents.watermark.text.choosing import FontChoice
from documents.watermark.text.embedding import EmbeddedFonts
from documents.watermark.text.scripts import is_drawn, is_plain
from documents.watermark.text.showing import FILLS, PLAIN_STATE, Letters
from documents.watermark.text.typesetting import typeset_line

from .lines import Breaker, is_right_to_left

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from documents.watermark.syntax.values import Entries
    from documents.watermark.text.font import Font

ASCENT_EM = 0.93  # of DejaVu: from the top of a line's box to its baseline
LEAST_COMPRESSED_BYTES = 100


class WrittenObject(PDFObject):  # type: ignore[misc] # reportlab has no types
    """An object whose text is known by the time the document is written."""

    __RefOnly__ = 1

    def __init__(self) -> None:
        self.text = b"null"

    def format(self, document: Any) -> bytes:
        """What reportlab asks every object for."""
        return self.text


class DocumentObjects:
    """The objects of a reportlab document, as the engine's fonts and marks write them."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._written: dict[int, WrittenObject] = {}

    def reserve(self) -> Ref:
        """The number of an object that will be added later."""
        return self._reserved(f"Countermark{len(self._written)}")

    def add(self, entries: Entries, data: bytes | None = None, *, at: Ref | None = None) -> Ref:
        """Write a dictionary, or with ``data`` a stream."""
        ref = at or self.reserve()
        self._written[ref.number].text = _text_of(entries, data)
        return ref

    def add_form(self, name: str, entries: Entries, data: bytes) -> None:
        """Write a form that ``Canvas.doForm`` finds by its name."""
        self.add(entries, data, at=self._reserved(self._document.getXObjectName(name)))

    def _reserved(self, name: str) -> Ref:
        made = WrittenObject()
        self._document.Reference(made, name)
        number: int = self._document.idToObjectNumberAndVersion[name][0]
        self._written[number] = made
        return Ref(number)


def _text_of(entries: Entries, data: bytes | None) -> bytes:
    if data is None:
        return dictionary(entries)
    if "Filter" not in entries and len(data) >= LEAST_COMPRESSED_BYTES:
        entries, data = {**entries, "Filter": Name("FlateDecode")}, zlib.compress(data)
    head = dictionary({**entries, "Length": len(data)})
    return b"%b\nstream\n%b\nendstream" % (head, data)


class TextCanvas(Canvas):  # type: ignore[misc] # reportlab has no types
    """A canvas that text of ours can be drawn on."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.objects = DocumentObjects(self._doc)
        self.embedded = EmbeddedFonts(self.objects)
        self._forms = 0
        self._letter_codes: dict[tuple[FontChoice, str], tuple[Font, int]] = {}

    def draw_rows(self, rows: Sequence[str], style: TextStyle, width: float, height: float) -> None:
        """Draw rows from the top of a box whose lower left corner is the origin."""
        letters = Letters(style.size, self.embedded, is_bold=style.fonts.weight == "bold")
        data = [b"BT", PLAIN_STATE % FILLS, b"%.3f g" % style.grey]
        baseline = height / style.size - ASCENT_EM
        for row in rows:
            data += self._line(row, style, letters, width, baseline) if row.strip() else ()
            baseline -= style.leading / style.size
        name = f"text{self._forms}"
        self._forms += 1
        box = [-width, -style.size, 2 * width, height + style.size]  # ink may reach over
        entries = form_entries(box, {"Font": letters.fonts})
        self.objects.add_form(name, entries, b"\n".join([*data, b"ET"]))
        self.doForm(name)

    def _line(
        self, row: str, style: TextStyle, letters: Letters, width: float, baseline: float
    ) -> list[bytes]:
        start = style.start(row, width)
        if not is_plain(row) or style.fonts.weight == "bold":
            return letters.line(typeset_line(row, style.fonts), start, baseline)
        codes = [
            self._letter_code(character, style.fonts) for character in row if is_drawn(character)
        ]
        return letters.plain(codes, start, baseline)

    def _letter_code(self, character: str, fonts: FontChoice) -> tuple[Font, int]:
        code = self._letter_codes.get((fonts, character))
        if code is None:
            font = fonts.font_for(character)
            if font is None:
                raise UnsupportedText(characters=[character])
            number = self.embedded.of(font).code_of(font.glyph_of(character), character)
            code = self._letter_codes[fonts, character] = (font, number)
        return code

    def save(self) -> None:
        """Write the fonts, when all text is drawn, and the document."""
        self.embedded.finish()
        super().save()


class TextStyle:
    """Fonts, size and leading in points, and ``grey``, 0 for black.

    ``leaning``: 0 is to the side where the text's script begins, 0.5 the middle.
    """

    def __init__(
        self,
        size: float,
        leading: float,
        *,
        family: str = "sans",
        weight: str = "regular",
        grey: float = 0.0,
        leaning: float = 0.0,
    ) -> None:
        self.fonts = FontChoice(family, weight)
        self.size = size
        self.leading = leading
        self.grey = grey
        self.leaning = leaning
        self._breakers: dict[float, Breaker] = {}

    def breaker(self, width: float) -> Breaker:
        """What breaks lines for a width in points."""
        if width not in self._breakers:
            self._breakers[width] = Breaker(self.fonts, width / self.size)
        return self._breakers[width]

    def start(self, row: str, width: float) -> float:
        """Where a row begins, in em."""
        is_from_right = is_right_to_left(row)
        if not self.leaning and not is_from_right:
            return 0.0
        left = width / self.size - self.breaker(width).measured(row)
        return left * (self.leaning or 1.0)


class Rows(Flowable):  # type: ignore[misc] # reportlab has no types
    """Text that is broken into rows as wide as its frame, and over pages between rows."""

    def __init__(
        self,
        style: TextStyle,
        *,
        paragraphs: Sequence[str] = (),
        rows: Sequence[str] | None = None,
        told: Callable[[], object] | None = None,
    ) -> None:
        """``rows`` are broken already. ``told`` is called for each part that is drawn."""
        super().__init__()
        self._style = style
        self._paragraphs = paragraphs
        self._rows = rows
        self._told = told

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """The size that all of it takes."""
        if self._rows is None:
            breaker = self._style.breaker(width)
            self._rows = [row for each in self._paragraphs for row in breaker.broken(each)]
        self.width, self.height = width, len(self._rows) * self._style.leading
        return self.width, self.height

    def split(self, width: float, height: float) -> list[Flowable]:
        """What fits into a height, and the rest."""
        self.wrap(width, height)
        rows = self._rows or []
        count = int(height / self._style.leading + 1e-6)
        if not 0 < count < len(rows):
            return [] if count < 1 else [self]
        return [
            Rows(self._style, rows=part, told=self._told) for part in (rows[:count], rows[count:])
        ]

    def draw(self) -> None:
        """Draw what fits on this page."""
        self.canv.draw_rows(self._rows, self._style, self.width, self.height)
        if self._told:
            self._told()
