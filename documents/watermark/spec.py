"""The one schema of a watermark: what may be asked for, with every bound declared once as data.

The serializer, the form, the admin and the worker all derive from ``WatermarkSpec.rules()``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from enum import StrEnum
from typing import Any, Self

from .errors import BadSpec, Problem
from .rules import ChoiceRule, ColorRule, IntegerRule, NumberRule, Rule, TextRule, Unfit


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


class WatermarkLayer(StrEnum):
    """Whether the mark is drawn after the page's content or before it."""

    OVER = "over"
    UNDER = "under"


class SignaturePolicy(StrEnum):
    """What to do with a document that is digitally signed."""

    REFUSE = "refuse"
    ALLOW = "allow"


def ruled(rule: Rule) -> Any:
    """A dataclass field that carries its rule."""
    default = MISSING if rule.required else rule.default
    return field(default=default, metadata={"rule": rule})


def _labels(enum: type[StrEnum]) -> dict[str, str]:
    return {member.value: member.value.replace("_", " ").capitalize() for member in enum}


@dataclass(frozen=True, kw_only=True)
class WatermarkSpec:
    """Instructions for one mark. Making one checks it: a bad value raises BadSpec.

    Lengths are points (1/72 inch) and angles degrees counter-clockwise, both on the page as it is
    seen, after its own rotation and units.
    """

    watermark_text: str = ruled(
        TextRule(
            label="Text",
            help_text="What the mark says, 1 to 100 characters.",
            required=True,
            min_length=1,
            max_length=100,
        )
    )
    opacity: float = ruled(
        NumberRule(
            label="Opacity",
            help_text="0 is invisible, 1 covers what lies below.",
            default=0.3,
            minimum=0.0,
            maximum=1.0,
        )
    )
    position: WatermarkPosition = ruled(
        ChoiceRule(
            label="Position",
            help_text="A place on the page, along its diagonal, or repeated all over it.",
            default=WatermarkPosition.CENTER,
            enum=WatermarkPosition,
            labels=_labels(WatermarkPosition),
        )
    )
    font_size: int = ruled(
        IntegerRule(
            label="Font size",
            help_text="Height of the letters; smaller where the text would not fit the page.",
            default=12,
            minimum=8,
            maximum=72,
            unit="pt",
        )
    )
    color: str = ruled(ColorRule(label="Colour", help_text="As #rrggbb.", default="#808080"))
    rotation: float | None = ruled(
        NumberRule(
            label="Rotation",
            help_text="Counter-clockwise. Empty: level, or what suits a diagonal or tiled mark.",
            nullable=True,
            minimum=-180.0,
            maximum=180.0,
            step=1.0,
            unit="degrees",
        )
    )
    layer: WatermarkLayer = ruled(
        ChoiceRule(
            label="Layer",
            help_text="Over the content, or under it (a scanned page hides a mark under it).",
            default=WatermarkLayer.OVER,
            enum=WatermarkLayer,
            labels=_labels(WatermarkLayer),
        )
    )
    margin: float = ruled(
        NumberRule(
            label="Margin",
            help_text="Space kept free at the edges; less on a very small page.",
            default=36.0,
            minimum=0.0,
            maximum=720.0,
            step=1.0,
            unit="pt",
        )
    )

    preserve_signatures: SignaturePolicy = ruled(
        ChoiceRule(
            label="Signed documents",
            help_text="A mark makes digital signatures invalid: refuse such documents or allow it.",
            default=SignaturePolicy.REFUSE,
            enum=SignaturePolicy,
            labels=_labels(SignaturePolicy),
        )
    )

    def __post_init__(self) -> None:
        values = {name: getattr(self, name) for name in self.rules()}
        for name, value in _cleaned(values, strings=False).items():
            object.__setattr__(self, name, value)

    @classmethod
    def rules(cls) -> dict[str, Rule]:
        """Every field's rule by name, in the order of the schema."""
        return {each.name: each.metadata["rule"] for each in fields(cls)}

    @classmethod
    def parse(cls, given: object, *, strings: bool = False) -> Self:
        """A spec of a mapping (JSON), or BadSpec with all its bad, missing and unknown fields.

        ``strings``: numbers may come as text, and empty text stands for an absent optional field,
        as forms send them.
        """
        if not isinstance(given, Mapping):
            raise BadSpec([Problem((), "Input should be a valid object", "dict_type")])
        return cls(**_cleaned(given, strings=strings))

    def as_dict(self) -> dict[str, Any]:
        """The JSON form, with every field; ``parse`` makes an equal spec of it."""
        return {name: _plain(rule, getattr(self, name)) for name, rule in self.rules().items()}


def _plain(rule: Rule, value: Any) -> Any:
    return None if value is None else rule.plain(value)


def _cleaned(given: Mapping[Any, object], *, strings: bool) -> dict[str, Any]:
    rules = WatermarkSpec.rules()
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    for name, rule in rules.items():
        if name not in given:
            if rule.required:
                problems.append(Problem((name,), "Field required", "missing"))
            continue
        try:
            values[name] = rule.clean(given[name], strings=strings)
        except Unfit as unfit:
            problems.append(Problem((name,), unfit.msg, unfit.type, unfit.ctx))
    for key in given:
        if key not in rules:
            problems.append(
                Problem((str(key),), "Extra inputs are not permitted", "extra_forbidden")
            )
    if problems:
        raise BadSpec(problems)
    return values
