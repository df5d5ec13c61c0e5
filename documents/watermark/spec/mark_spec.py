"""One layer of a watermark: every option and its bounds, declared once."""

from __future__ import annotations

from .choices import (
    FontFamily,
    FontWeight,
    MarkType,
    TextAlign,
    WatermarkLayer,
    WatermarkPosition,
)
from .font_rule import AssetRule, FontRule
from .lengths import LengthRule
from .page_selection import PageSelection, PagesRule
from .rules import (
    BooleanRule,
    ChoiceRule,
    ColorRule,
    IntegerRule,
    NumberRule,
    TextRule,
)
from .settings import ObjectRule, Settings

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Mapping

    from .lengths import Length
    from .rules import Rule

MOST_POINTS = 14400.0  # the side of the largest page that every viewer shows (ISO 32000-2, Annex C)


def _gap(label: str, side: str) -> LengthRule:
    return LengthRule(
        label=label,
        help_text=f"Between copies, in points or with a unit; 5% is of the page's {side}."
        " Empty: what suits the size.",
        nullable=True,
        minimum=0.0,
        maximum=1440.0,
        least_percent=0.0,
        most_percent=100.0,
        percent_of=side,
    )


class Tile(Settings):
    """How copies stand when the mark is repeated all over the page."""

    __slots__ = ("gap_x", "gap_y", "stagger")

    gap_x: Length | None
    gap_y: Length | None
    stagger: bool

    RULES = {
        "gap_x": _gap("Gap between columns", "width"),
        "gap_y": _gap("Gap between rows", "height"),
        "stagger": BooleanRule(
            label="Stagger rows",
            help_text="Every other row is moved by half a step, as bricks are laid.",
            default=True,
        ),
    }


def _offset(label: str, direction: str, side: str) -> LengthRule:
    return LengthRule(
        label=label,
        help_text=f"Moves the mark {direction}, in points or with a unit; 5% is of the page's"
        f" {side}. It stops at the page's edge.",
        default=0.0,
        minimum=-MOST_POINTS,
        maximum=MOST_POINTS,
        least_percent=-100.0,
        most_percent=100.0,
        percent_of=side,
    )


_CONTENT: Mapping[str, Rule] = {
    "type": ChoiceRule(
        label="Type",
        help_text="What the mark is made of.",
        default=MarkType.TEXT,
        enum=MarkType,
        labels={"pdf": "PDF page"},
        is_quiet=True,
    ),
    "watermark_text": TextRule(
        label="Text",
        help_text="What the mark says, 1 to 100 characters, in one line or several. {{ page }},"
        " {{ pages }}, {{ date }}, {{ time }}, {{ document.title }} and {{ org.name }} stand for"
        " what they name.",
        required=True,
        default="",
        min_length=1,
        max_length=100,
        has_variables=True,
        only_for=("text",),
    ),
    "asset": AssetRule(
        label="Asset",
        help_text="The id of the picture or the PDF page that is drawn.",
        required=True,
        default="",
        min_length=1,
        max_length=1000,
        only_for=("image", "pdf"),
    ),
    "opacity": NumberRule(
        label="Opacity",
        help_text="0 is invisible, 1 covers what lies below.",
        default=0.3,
        minimum=0.0,
        maximum=1.0,
    ),
}
_TYPE: Mapping[str, Rule] = {
    "font_size": IntegerRule(
        label="Font size",
        help_text="Height of the letters; smaller where the text would not fit the page.",
        default=12,
        minimum=8,
        maximum=72,
        unit="pt",
    ),
    "font_family": FontRule(
        label="Font",
        help_text="One of ours or the id of your own. Letters that it lacks are drawn in a font"
        " that has them.",
        default=FontFamily.SANS,
        enum=FontFamily,
        labels={"sans": "Sans serif", "serif": "Serif", "mono": "Monospaced"},
    ),
    "font_weight": ChoiceRule(
        label="Weight",
        help_text="How thick the letters are.",
        default=FontWeight.REGULAR,
        enum=FontWeight,
    ),
    "align": ChoiceRule(
        label="Alignment",
        help_text="Of several lines. Empty: to the side where the mark stands.",
        nullable=True,
        enum=TextAlign,
    ),
    "color": ColorRule(label="Colour", help_text="As #rrggbb.", default="#808080"),
}
_PLACE: Mapping[str, Rule] = {
    "position": ChoiceRule(
        label="Position",
        help_text="A place on the page, along its diagonal, or repeated all over it.",
        default=WatermarkPosition.CENTER,
        enum=WatermarkPosition,
    ),
    "rotation": NumberRule(
        label="Rotation",
        help_text="Counter-clockwise. Empty: level, or what suits a diagonal or tiled mark.",
        nullable=True,
        minimum=-180.0,
        maximum=180.0,
        step=1.0,
        unit="degrees",
    ),
    "scale": NumberRule(
        label="Scale",
        help_text="Times the font size; of a picture, its share of the page's width. The page is"
        " never exceeded. Empty: the size as it is.",
        nullable=True,
        minimum=0.01,
        maximum=10.0,
    ),
    "layer": ChoiceRule(
        label="Layer",
        help_text="Over the content, or under it (a scanned page hides a mark under it).",
        default=WatermarkLayer.OVER,
        enum=WatermarkLayer,
    ),
    "pages": PagesRule(
        label="Pages",
        help_text="Such as 1,3-5,-1: -1 is the last page, 2- the second and all after it."
        " Or all, odd, even, first, last.",
        default=PageSelection("all"),
    ),
    "margin": LengthRule(
        label="Margin",
        help_text="Space kept free at the edges, in points or with a unit (10mm, 5% of the page's"
        " shorter side); less on a very small page.",
        default=36.0,
        minimum=0.0,
        maximum=720.0,
        least_percent=0.0,
        most_percent=25.0,
        percent_of="shorter side",
    ),
    "offset_x": _offset("Offset to the right", "to the right, or to the left below 0", "width"),
    "offset_y": _offset("Offset upwards", "up, or down below 0", "height"),
    "tile": ObjectRule(
        label="Tile",
        help_text="How copies stand when the position is `tile`; else it is not looked at.",
        default=Tile(),
        of=Tile,
    ),
}


class MarkSpec(Settings):
    """Instructions for one mark.

    Lengths are points (1/72 inch) or text with a unit, which ``lengths.in_points`` reads; angles
    are degrees counter-clockwise. Both are meant on the page as it is seen, after its own rotation
    and units. A text has line breaks and variables as they were given.
    """

    __slots__ = (*_CONTENT, *_TYPE, *_PLACE)

    type: MarkType
    watermark_text: str
    asset: str
    opacity: float
    font_size: int
    font_family: FontFamily | str
    font_weight: FontWeight
    align: TextAlign | None
    color: str
    position: WatermarkPosition
    rotation: float | None
    scale: float | None
    layer: WatermarkLayer
    pages: PageSelection
    margin: Length
    offset_x: Length
    offset_y: Length
    tile: Tile

    RULES = {**_CONTENT, **_TYPE, **_PLACE}
