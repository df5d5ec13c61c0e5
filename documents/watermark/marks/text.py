"""A mark of text: letters of embedded fonts, as see-through as they are asked to be."""

from __future__ import annotations

from ..syntax.values import number
from ..text.choosing import FontChoice, font_of_asset
from ..text.embedding import EmbeddedFonts
from ..text.showing import Shown
from ..text.typesetting import typeset
from .form import TRANSPARENCY_GROUP, form_entries, screen, see_through_state
from .mark import Form

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from typing import Protocol

    from ..syntax.values import Ref, Value
    from .mark import MarkContext, NewObjects

    class TextLook(Protocol):
        """The instructions of a layer that a text follows; a MarkSpec has them all."""

        @property
        def watermark_text(self) -> str: ...
        @property
        def font_size(self) -> float: ...
        @property
        def font_family(self) -> str: ...
        @property
        def font_weight(self) -> str: ...
        @property
        def align(self) -> str | None: ...
        @property
        def color(self) -> str: ...
        @property
        def opacity(self) -> float: ...
        @property
        def position(self) -> str: ...


OVERHANG_EM = 0.25  # ink may reach beyond a glyph's advance
MOST_KEPT = 256  # forms; texts with page numbers do not come again
SCREEN_PITCH_EM = 1 / 24  # of the stripes that stand for transparency where that is forbidden
LEANING = {"left": 0.0, "center": 0.5, "right": 1.0}


class TextMark:
    """Text in one size, colour and opacity; a form for each text that its variables make."""

    def __init__(self, look: TextLook, objects: NewObjects, context: MarkContext) -> None:
        self._look = look
        self._objects = objects
        self._context = context
        self._names: tuple[str, ...] = ()
        if "{{" in look.watermark_text:
            from ..spec.variables import variables_in

            self._names = variables_in(look.watermark_text)
        self.varies = "page" in self._names
        family = str(look.font_family)
        own = font_of_asset(context.assets[family]) if family in context.assets else None
        self._fonts = FontChoice(family, look.font_weight, own=own, folder=context.font_folder)
        self._embedded = _shared_fonts(objects, context)
        self._forms: dict[str, Form] = {}
        self._state: Ref | None = None

    def form(self, page: int, pages: int) -> Form:
        """The form of page ``page`` (from 1); raises UnsupportedText, BadSpec for a variable."""
        text = self._text(page, pages)
        form = self._forms.get(text)
        if form is None:
            if len(self._forms) >= MOST_KEPT:
                self._forms.clear()
            form = self._forms[text] = self._written(text)
        return form

    def finish(self) -> None:
        """Write the fonts, when the forms of all pages and layers are made."""
        self._embedded.finish()

    def _text(self, page: int, pages: int) -> str:
        text = self._look.watermark_text
        if not self._names:
            return text
        from ..spec.variables import substitute

        values = {"page": str(page), "pages": str(pages)}
        return substitute(text, {**self._context.variables, **values})

    def _written(self, text: str) -> Form:
        """Letters that let the page through are a group, drawn as one.

        Glyphs that overlap would otherwise show darker where they do. An opaque mark brings no
        transparency into a document.
        """
        size = self._look.font_size
        laid = typeset(text, self._fonts)
        is_bold, is_screened = self._fonts.weight == "bold", self._is_screened()
        shown = Shown(
            laid, size, self._leaning(), self._embedded, is_bold=is_bold, clips=is_screened
        )
        color, spaces = self._painting()
        width, height = laid.width * size, laid.height * size
        right, top = width / 2 + OVERHANG_EM * size, height / 2 + OVERHANG_EM * size
        box = (-right, -top, right, top)
        letters = form_entries(box, {"Font": shown.fonts, **spaces})
        data = color + shown.data
        if is_screened:
            data = b"q\n" + data + screen(box, size * SCREEN_PITCH_EM, self._look.opacity) + b"Q\n"
        if self._is_opaque():
            ref = self._objects.add({**letters, **self._context.entries}, data)
            return Form(ref, width, height)
        drawn = self._objects.add({**letters, "Group": TRANSPARENCY_GROUP}, data)
        if self._state is None:
            self._state = self._objects.add(see_through_state(self._look.opacity))
        outer = form_entries(box, {"XObject": {"T": drawn}, "ExtGState": {"G": self._state}})
        ref = self._objects.add({**outer, **self._context.entries}, b"/G gs /T Do\n")
        return Form(ref, width, height)

    def _leaning(self) -> float:
        """Where short lines stand: as told, else to the side of the mark's anchor."""
        side = self._look.align or self._look.position.rpartition("_")[2]
        return LEANING.get(side, 0.5)

    def _is_opaque(self) -> bool:
        return self._look.opacity == 1 or self._context.without_transparency

    def _is_screened(self) -> bool:
        """Whether the letters are stripes, between which the page is seen."""
        return self._context.without_transparency and self._look.opacity < 1

    def _painting(self) -> tuple[bytes, dict[str, Value]]:
        """What sets the colour, and the colour spaces that it names."""
        parts = (int(self._look.color[at : at + 2], 16) / 255 for at in (1, 3, 5))
        color = tuple(map(number, parts))
        if not self._context.device_independent:
            return b"%b %b %b rg %b %b %b RG\n" % (color * 2), {}
        from .colour import CAL_GRAY, CAL_RGB

        if len(set(color)) == 1:
            return b"/C cs %b scn /C CS %b SCN\n" % (color[0], color[0]), {
                "ColorSpace": {"C": CAL_GRAY}
            }
        return b"/C cs %b %b %b scn /C CS %b %b %b SCN\n" % (color * 2), {
            "ColorSpace": {"C": CAL_RGB}
        }


def _shared_fonts(objects: NewObjects, context: MarkContext) -> EmbeddedFonts:
    """The fonts of the document that is being marked: all its layers use the same."""
    fonts = context.fonts
    if fonts is None or fonts.objects is not objects:
        lists = context.without_transparency  # in PDF/A-1 alone
        fonts = context.fonts = EmbeddedFonts(objects, lists_glyphs=lists)
    return fonts
