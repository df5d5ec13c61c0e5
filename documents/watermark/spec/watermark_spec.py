"""A whole watermark: its layers, and what is to become of the document."""

from __future__ import annotations

from .choices import ActiveContent, SignaturePolicy, WatermarkStrength
from .mark_spec import MarkSpec
from .output import Output
from .rules import ChoiceRule
from .settings import ListRule, ObjectRule
from .variables import variables_in, without_value

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from ..errors import Problem
    from .rules import Rule

MOST_MARKS = 10

_DOCUMENT: Mapping[str, Rule] = {
    "layers": ListRule(
        label="More layers",
        help_text="More marks, drawn after this one in their order: each with the fields of one"
        " mark and their defaults.",
        default=(),
        max_length=MOST_MARKS - 1,
        item=ObjectRule(label="Layer", help_text="One more mark.", of=MarkSpec),
    ),
    "strength": ChoiceRule(
        label="Strength",
        help_text="Standard keeps every byte of the original in the copy. Sealed takes the"
        " unmarked pages out of it. Raster turns pages into pictures that hold the mark: larger,"
        " and without text to search or to read aloud.",
        default=WatermarkStrength.STANDARD,
        enum=WatermarkStrength,
    ),
    "preserve_signatures": ChoiceRule(
        label="Signed documents",
        help_text="A mark makes digital signatures invalid: refuse such documents or allow it.",
        default=SignaturePolicy.REFUSE,
        enum=SignaturePolicy,
    ),
    "active_content": ChoiceRule(
        label="Active content",
        help_text="Scripts, and actions that start by themselves: keep them or strip them.",
        default=ActiveContent.KEEP,
        enum=ActiveContent,
    ),
    "output": ObjectRule(
        label="Output", help_text="What the copy is.", default=Output(), of=Output
    ),
}


class WatermarkSpec(MarkSpec):
    """Instructions for a document: one mark, more ``layers``, and how the copy is made.

    The one schema of a watermark: serializer, form, admin, worker and command line derive from
    ``rules()``.
    """

    __slots__ = tuple(_DOCUMENT)

    layers: tuple[MarkSpec, ...]
    strength: WatermarkStrength
    preserve_signatures: SignaturePolicy
    active_content: ActiveContent
    output: Output

    RULES = {**MarkSpec.RULES, **_DOCUMENT}

    @property
    def marks(self) -> tuple[MarkSpec, ...]:
        """All marks, in the order in which they are drawn."""
        first = MarkSpec.__new__(MarkSpec)
        first._set(**{name: getattr(self, name) for name in MarkSpec.RULES})
        return first, *self.layers

    def without_values(self, known: Container[str]) -> list[Problem]:
        """A problem for each variable of a text that is none of the ``known`` ones."""
        return [
            without_value(name, *(("layers", str(index - 1)) if index else ()))
            for index, mark in enumerate(self.marks)
            for name in variables_in(mark.watermark_text)
            if name not in known
        ]
