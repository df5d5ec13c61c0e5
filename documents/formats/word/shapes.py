"""The mark as a shape of VML, as Word itself writes watermarks (ECMA-376-4, 19.1)."""

from __future__ import annotations

import math
from typing import Any

from lxml import etree

from documents.watermark.errors import TooLarge
from documents.watermark.placement.geometry import Box, PageGeometry
from documents.watermark.placement.placement import place
from documents.watermark.spec import MarkSpec, WatermarkLayer
from documents.watermark.spec.variables import substitute
from documents.watermark.text.choosing import FontChoice
from documents.watermark.text.typesetting import typeset

from .xml import O, V, w

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FONTS = {"sans": "Arial", "serif": "Times New Roman", "mono": "Courier New"}
# How wide their letters are beside those of our own fonts, which measure.
WIDTHS = {"sans": 0.88, "serif": 0.86, "mono": 1.0}
# How high a shape is. Word fits a line into it from its highest to its lowest letters (1.12),
# LibreOffice the letters that are there (0.72 for capitals): between the two.
LINE_EM = 1.0
LINE_STEP_EM = 1.2
MOST_SHAPES = 200
BEHIND, BEFORE = -251_658_752, 251_659_264
NAME = "PowerPlusWaterMarkObject"  # by which Word and LibreOffice know watermarks
TEXT_SHAPE = "_x0000_t136"  # the shape type of text on a straight line
SHAPE_TYPE = f"""
<v:shapetype xmlns:v="{V}" xmlns:o="{O}" id="{TEXT_SHAPE}" coordsize="21600,21600" o:spt="136"
 adj="10800" path="m@7,l@8,m@5,21600l@6,21600e"><v:formulas><v:f eqn="sum #0 0 10800"/>
<v:f eqn="prod #0 2 1"/><v:f eqn="sum 21600 0 @1"/><v:f eqn="sum 0 0 @2"/>
<v:f eqn="sum 21600 0 @3"/><v:f eqn="if @0 @3 0"/><v:f eqn="if @0 21600 @1"/>
<v:f eqn="if @0 0 @2"/><v:f eqn="if @0 @4 21600"/><v:f eqn="mid @5 @6"/><v:f eqn="mid @8 @5"/>
<v:f eqn="mid @7 @8"/><v:f eqn="mid @6 @7"/><v:f eqn="sum @6 0 @5"/></v:formulas>
<v:path textpathok="t" o:connecttype="custom" o:connectlocs="@9,0;@10,10800;@11,21600;@12,10800"
 o:connectangles="270,180,90,0"/><v:textpath on="t" fitshape="t"/><v:handles>
<v:h position="#0,bottomRight" xrange="6629,14971"/></v:handles>
<o:lock v:ext="edit" text="t" shapetype="t"/></v:shapetype>
""".replace("\n", "")


class Line:
    """A line of a mark on a page: its text, middle (from the upper left corner), size and turn.

    Lengths are points, ``turn`` is degrees clockwise.
    """

    __slots__ = ("height", "spec", "text", "turn", "width", "x", "y")

    def __init__(
        self,
        spec: MarkSpec,
        text: str,
        middle: tuple[float, float],
        size: tuple[float, float],
        turn: float,
    ) -> None:
        self.spec = spec
        self.text = text
        self.x, self.y = middle
        self.width, self.height = size
        self.turn = turn


def lines_on(
    specs: Sequence[MarkSpec], page: tuple[float, float], variables: Mapping[str, str]
) -> list[Line]:
    """All lines of all marks on a page of a size; raises TooLarge for more than Word bears."""
    lines = [line for spec in specs for line in _lines(spec, page, variables)]
    if len(lines) > MOST_SHAPES:
        raise TooLarge(
            f"A Word document may have {MOST_SHAPES} marks on a page, not {len(lines)}: choose"
            " larger gaps or letters, or output.format pdf."
        )
    return lines


def _lines(
    spec: MarkSpec, page: tuple[float, float], variables: Mapping[str, str]
) -> Iterator[Line]:
    text = substitute(spec.watermark_text, variables)
    laid = typeset(text, FontChoice(spec.font_family, spec.font_weight))
    size, ratio = spec.font_size, WIDTHS[spec.font_family]
    step = LINE_STEP_EM * size
    widths = [max(line.width, 0.1) * ratio * size for line in laid.lines]
    high = LINE_EM * size + step * (len(widths) - 1)
    leaning = {"left": 0.0, "right": 1.0}.get(spec.align or _side(spec), 0.5)
    placement = place(spec, (max(widths), high), PageGeometry(Box(0, 0, *page)))
    for matrix in placement.matrices:
        scale, turn = math.hypot(matrix.a, matrix.b), math.degrees(math.atan2(matrix.b, matrix.a))
        for number, (line, width) in enumerate(zip(laid.lines, widths, strict=True)):
            if not line.glyphs:
                continue
            aside = (leaning - 0.5) * (max(widths) - width)
            x, y = matrix.applied(aside, (high - LINE_EM * size) / 2 - number * step)
            drawn = width * scale, LINE_EM * size * scale
            yield Line(spec, line.text, (x, page[1] - y), drawn, -turn)


def _side(spec: MarkSpec) -> str:
    return spec.position.value.rpartition("_")[2]


def runs_of(lines: Sequence[Line], first_number: int) -> Iterator[Any]:
    """Runs that show the lines, to be put into a paragraph of a header; one shape in each."""
    for number, line in enumerate(lines, first_number):
        run: Any = etree.Element(w("r"))
        properties = etree.SubElement(run, w("rPr"))
        etree.SubElement(properties, w("noProof"))
        picture = etree.SubElement(run, w("pict"))
        if number == first_number:
            picture.append(etree.fromstring(SHAPE_TYPE))
        picture.append(_shape(line, number))
        yield run


def _shape(line: Line, number: int) -> Any:
    spec = line.spec
    height = BEFORE if spec.layer is WatermarkLayer.OVER else BEHIND
    style = {
        "position": "absolute",
        "margin-left": f"{line.x - line.width / 2:.2f}pt",
        "margin-top": f"{line.y - line.height / 2:.2f}pt",
        "width": f"{line.width:.2f}pt",
        "height": f"{line.height:.2f}pt",
        "rotation": f"{line.turn % 360:.3f}".rstrip("0").rstrip("."),
        "z-index": f"{height + number}",
        "mso-position-horizontal-relative": "page",
        "mso-position-vertical-relative": "page",
    }
    shape: Any = etree.Element(f"{{{V}}}shape", nsmap={"v": V, "o": O})
    shape.set("id", f"{NAME}{number}")
    shape.set("type", f"#{TEXT_SHAPE}")
    shape.set("alt", "Watermark")
    shape.set("style", ";".join(f"{name}:{value}" for name, value in style.items()))
    shape.set(f"{{{O}}}allowincell", "f")
    shape.set("fillcolor", spec.color)
    shape.set("stroked", "f")
    fill: Any = etree.SubElement(shape, f"{{{V}}}fill")
    fill.set("opacity", f"{spec.opacity:g}")
    path: Any = etree.SubElement(shape, f"{{{V}}}textpath")
    weight = ";font-weight:bold" if spec.font_weight == "bold" else ""
    path.set("style", f'font-family:"{FONTS[spec.font_family]}";font-size:1pt{weight}')
    path.set("string", line.text)
    return shape
