"""A stored mark in words for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from documents.watermark.spec import WatermarkSpec
from documents.watermark.spec.lengths import LengthRule
from documents.watermark.spec.rules import BooleanRule, ChoiceRule, Rule
from documents.watermark.spec.settings import ListRule, ObjectRule

# What is told even where it is as usual.
ALWAYS = ("watermark_text", "position", "font_size", "opacity", "color", "layer", "pages")


def described(spec: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return a stored spec as pairs of label and value; what is unset or usual is left out."""
    return list(_described(WatermarkSpec.RULES, spec))


def _described(rules: Mapping[str, Rule], spec: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, rule in rules.items():
        value = spec.get(name)
        if value is None or (name not in ALWAYS and value == _usual(rule)):
            continue
        if isinstance(rule, ObjectRule):
            yield from _described(rule.rules, value)
        else:
            yield rule.label, _shown(rule, value)


def _usual(rule: Rule) -> Any:
    return None if rule.default is None else rule.plain(rule.default)


def _shown(rule: Rule, value: Any) -> str:
    match rule:
        case ListRule():
            return ", ".join(f"“{each.get('watermark_text', '')}”" for each in value)
        case ChoiceRule():
            return rule.labels.get(value, value)
        case BooleanRule():
            return "Yes" if value else "No"
        case LengthRule() if isinstance(value, int | float):
            return f"{value:g} pt"
        case _:
            number = f"{value:g}" if isinstance(value, float) else str(value)
            return f"{number} {rule.unit}".strip()
