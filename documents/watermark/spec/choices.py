"""The enumerations of a spec; their words are the schema's."""

from __future__ import annotations

from enum import StrEnum


class MarkType(StrEnum):
    """What a mark is made of."""

    TEXT = "text"
    IMAGE = "image"
    PDF = "pdf"


class WatermarkPosition(StrEnum):
    """Where the mark stands on the page as a reader sees it."""

    TOP_LEFT = "top_left"
    TOP_CENTER = "top_center"
    TOP_RIGHT = "top_right"
    CENTER_LEFT = "center_left"
    CENTER = "center"
    CENTER_RIGHT = "center_right"
    BOTTOM_LEFT = "bottom_left"
    BOTTOM_CENTER = "bottom_center"
    BOTTOM_RIGHT = "bottom_right"
    DIAGONAL = "diagonal"
    TILE = "tile"


class FontFamily(StrEnum):
    """The look of the letters; scripts that a family lacks are drawn in what has them."""

    SANS = "sans"
    SERIF = "serif"
    MONO = "mono"


class FontWeight(StrEnum):
    """How thick the letters are."""

    REGULAR = "regular"
    BOLD = "bold"


class TextAlign(StrEnum):
    """Where shorter lines stand below longer ones."""

    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


class WatermarkLayer(StrEnum):
    """Whether the mark is drawn after the page's content or before it."""

    OVER = "over"
    UNDER = "under"


class WatermarkStrength(StrEnum):
    """How much work it takes to get an unmarked page back; no mark withstands a PDF editor."""

    STANDARD = "standard"
    SEALED = "sealed"
    RASTER = "raster"


class SignaturePolicy(StrEnum):
    """What to do with a document that is digitally signed."""

    REFUSE = "refuse"
    ALLOW = "allow"


class ActiveContent(StrEnum):
    """What becomes of scripts and actions that start by themselves."""

    KEEP = "keep"
    STRIP = "strip"
