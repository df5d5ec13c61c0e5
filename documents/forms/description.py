"""A stored mark in words for people."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from documents.watermark.spec import WatermarkSpec
from documents.watermark.spec.font_rule import FontRule
from documents.watermark.spec.lengths import LengthRule
from documents.watermark.spec.rules import BooleanRule, ChoiceRule, Rule
from documents.watermark.spec.settings import ListRule, ObjectRule

# What is told even where it is as usual.
ALWAYS = ("watermark_text", "position", "font_size", "opacity", "color", "layer", "pages")


def described(
    spec: Mapping[str, Any], names: Mapping[str, str] | None = None
) -> list[tuple[str, str]]:
    """Return a stored spec as pairs of label and value; what is unset or usual is left out.

    ``names`` are those of the assets by their ids; one without a name is gone.
    """
    pairs = dict(_described(WatermarkSpec.RULES, spec))
    for label in (WatermarkSpec.RULES[name].label for name in ("asset", "font_family")):
        if _is_id(pairs.get(label, "")):
            pairs[label] = (names or {}).get(pairs[label], "A file that is gone")
    return list(pairs.items())


def _is_id(text: str) -> bool:
    return re.fullmatch(FontRule.pattern, text) is not None


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
