"""Form fields made from the rules of the schema."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from documents.watermark.spec.lengths import LengthRule
from documents.watermark.spec.page_selection import PagesRule
from documents.watermark.spec.rules import (
    BooleanRule,
    ChoiceRule,
    ColorRule,
    IntegerRule,
    NumberRule,
    Rule,
    TextRule,
    Unfit,
)

AUTOMATIC = ("", "Automatic")


class RuledField(forms.Field):
    """A field that holds exactly what its rule of the schema accepts."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        super().__init__(
            required=rule.required,
            label=f"{rule.label} ({rule.unit})" if rule.unit else rule.label,
            help_text=rule.help_text,
            initial=None if rule.default is None else rule.plain(rule.default),
            widget=_widget(rule),
        )

    def prepare_value(self, value: Any) -> Any:
        """Return what the control shows: 36 for 36.0, and a menu's word for yes and no."""
        if isinstance(value, bool):
            return str(value).lower()
        return f"{value:g}" if isinstance(value, float) else value

    def clean(self, value: Any) -> Any:
        """Return the value as the spec keeps it."""
        try:
            return self.rule.clean("" if value is None else value, strings=True)
        except Unfit as unfit:
            sentence, code = _sentence(self.rule, unfit), unfit.problems[0].type
            raise ValidationError(sentence, code) from unfit


def _widget(rule: Rule) -> forms.Widget:
    match rule:
        case TextRule():
            return forms.Textarea({"maxlength": rule.max_length, "autocomplete": "off", "rows": 2})
        case IntegerRule():
            return _number(rule, "numeric")
        case NumberRule():
            return _number(rule, "decimal")
        case LengthRule() | PagesRule():
            return forms.TextInput({"autocomplete": "off", "spellcheck": "false"})
        case ChoiceRule():
            automatic = (AUTOMATIC,) if rule.nullable else ()
            return forms.Select(choices=(*automatic, *rule.choices))
        case BooleanRule():
            return forms.Select(choices=(("true", "Yes"), ("false", "No")))
        case ColorRule():
            return forms.TextInput({"type": "color"})
        case _:
            raise TypeError(f"No control is known for {rule.kind}.")


def _number(rule: IntegerRule | NumberRule, keys: str) -> forms.Widget:
    bounds = {"min": f"{rule.minimum:g}", "max": f"{rule.maximum:g}", "step": f"{rule.step:g}"}
    return forms.NumberInput({**bounds, "inputmode": keys})


# The schema speaks to programs; these say the same to people, with the schema's own numbers.
_SENTENCES: dict[type[Rule], Callable[[Any], str]] = {
    TextRule: lambda rule: f"Enter {rule.min_length} to {rule.max_length} visible characters.",
    IntegerRule: lambda rule: f"Enter a whole number from {rule.minimum} to {rule.maximum}.",
    NumberRule: lambda rule: f"Enter a number from {rule.minimum:g} to {rule.maximum:g}.",
    LengthRule: lambda rule: (
        f"Enter points, or a length such as 10mm or 5%: from {rule.minimum:g} to"
        f" {rule.maximum:g} pt, or {rule.least_percent:g} to {rule.most_percent:g}%."
    ),
    ChoiceRule: lambda rule: "Choose one of the options.",
    BooleanRule: lambda rule: "Choose one of the options.",
    ColorRule: lambda rule: "Enter a colour such as #808080.",
}


def _sentence(rule: Rule, unfit: Unfit) -> str:
    problem = unfit.problems[0]
    if problem.type in ("string_control_character", "string_unicode"):
        return "The text has characters that cannot be drawn, such as control characters."
    if problem.type in ("unknown_variable", "page_selection") or type(rule) not in _SENTENCES:
        return f"{problem.msg}."  # says what is wrong in words for everybody
    return _SENTENCES[type(rule)](rule)
