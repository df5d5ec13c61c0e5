"""The one schema of a watermark: what may be asked for, with every bound declared once as data."""

from __future__ import annotations

from .choices import (
    ActiveContent,
    FontFamily,
    FontWeight,
    MarkType,
    SignaturePolicy,
    TextAlign,
    WatermarkLayer,
    WatermarkPosition,
    WatermarkStrength,
)
from .mark_spec import MarkSpec, Tile
from .output import Output
from .watermark_spec import MOST_MARKS, WatermarkSpec

__all__ = [
    "MOST_MARKS",
    "ActiveContent",
    "FontFamily",
    "FontWeight",
    "MarkSpec",
    "MarkType",
    "Output",
    "SignaturePolicy",
    "TextAlign",
    "Tile",
    "WatermarkLayer",
    "WatermarkPosition",
    "WatermarkSpec",
    "WatermarkStrength",
]
