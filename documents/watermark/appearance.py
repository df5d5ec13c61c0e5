"""What a mark looks like: one form XObject with its state and font, shared by all pages."""

from __future__ import annotations

from dataclasses import dataclass

from .embedding import embedded_font
from .objects import Name, PdfObject, Ref, Value, number
from .placement.geometry import Matrix
from .spec import WatermarkPosition, WatermarkSpec
from .typeset import Line, TypesetText, typeset

OVERHANG_EM = 0.25  # ink may reach beyond a glyph's advance


@dataclass(frozen=True, slots=True)
class Appearance:
    """A mark in its own space: points, origin at its middle.

    ``objects`` refer to each other by key; the one to draw is ``form``. ``size`` is width and
    height in points.
    """

    objects: dict[str, PdfObject]
    size: tuple[float, float]


def text_appearance(spec: WatermarkSpec) -> Appearance:
    """The mark that a spec describes; raises UnsupportedText.

    A mark that lets the page through is a group (11.6.6) drawn as one: glyphs that overlap would
    otherwise show darker where they do. An opaque mark brings no transparency into a document.
    """
    text = typeset(spec.watermark_text)
    objects, codes = embedded_font(text)
    size = text.width * spec.font_size, text.height * spec.font_size
    form = _form(size, spec.font_size, {"Font": {"F": Ref("font")}})
    letters = PdfObject(form, _drawing(spec, text, codes))
    if spec.opacity == 1:
        objects["form"] = letters
    else:
        group: Value = {"S": Name("/Transparency")}
        objects["letters"] = PdfObject({**form, "Group": group}, letters.data)
        objects["state"] = _state(spec.opacity)
        resources: Value = {"XObject": {"T": Ref("letters")}, "ExtGState": {"G": Ref("state")}}
        objects["form"] = PdfObject({**form, "Resources": resources}, b"/G gs /T Do\n")
    return Appearance(objects, size)


def _form(size: tuple[float, float], font_size: int, resources: Value) -> dict[str, Value]:
    """A form XObject's entries (8.10.2)."""
    right, top = (length / 2 + OVERHANG_EM * font_size for length in size)
    return {
        "Type": Name("/XObject"),
        "Subtype": Name("/Form"),
        "BBox": [-right, -top, right, top],
        "Resources": resources,
    }


def _state(opacity: float) -> PdfObject:
    """The graphics state of a see-through mark, whatever the page has set (8.4.5)."""
    return PdfObject(
        {
            "Type": Name("/ExtGState"),
            "BM": Name("/Normal"),
            "SMask": Name("/None"),
            "ca": opacity,
            "CA": opacity,
        }
    )


def _drawing(spec: WatermarkSpec, text: TypesetText, codes: dict[int, int]) -> bytes:
    """The form's content."""
    red, green, blue = (int(spec.color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    middle = (text.top + text.bottom) / 2
    rows = [f"{number(red)} {number(green)} {number(blue)} rg BT /F {spec.font_size} Tf"]
    for line in text.lines:
        x = _start(spec.position, text.width, line) * spec.font_size
        y = (line.baseline - middle) * spec.font_size
        shown = "".join(f"{codes[glyph.number]:04X}" for glyph in line.glyphs)
        rows.append(f"1 0 0 1 {number(x)} {number(y)} Tm <{shown}> Tj")
    return "\n".join([*rows, "ET\n"]).encode()


def _start(position: WatermarkPosition, width: float, line: Line) -> float:
    """Where the pen starts, in em from the middle: lines lean to the side of their anchor."""
    if position.value.endswith("left"):
        return -width / 2 - line.left
    if position.value.endswith("right"):
        return width / 2 - line.width - line.left
    return -line.width / 2 - line.left


def drawing_of(name: str, matrices: tuple[Matrix, ...]) -> bytes:
    """Page content that draws the form ``name`` at each place, as an artifact (14.8.2.2)."""
    rows = ["/Artifact <</Type /Pagination /Subtype /Watermark>> BDC"]
    for matrix in matrices:
        rows.append(f"q {' '.join(map(number, matrix))} cm {name} Do Q")
    return "\n".join([*rows, "EMC\n"]).encode()
