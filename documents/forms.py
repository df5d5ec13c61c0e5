"""Forms of the web UI. The watermark's fields come from the one schema, bounds included."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from documents.watermark import check_text
from documents.watermark.errors import UnsupportedText
from documents.watermark.spec import WatermarkSpec
from documents.watermark.spec.lengths import LengthRule
from documents.watermark.spec.page_selection import PagesRule
from documents.watermark.spec.rules import (
    ChoiceRule,
    ColorRule,
    IntegerRule,
    NumberRule,
    Rule,
    TextRule,
    Unfit,
)
from documents.watermark.spec.settings import ListRule, ObjectRule


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

    def clean(self, value: Any) -> Any:
        """Return the value as the spec keeps it."""
        try:
            return self.rule.clean("" if value is None else value, strings=True)
        except Unfit as unfit:
            raise ValidationError(_sentence(self.rule, unfit), unfit.problems[0].type) from unfit


class WatermarkForm(forms.Form):
    """What the mark says and where it goes; ``spec`` is the outcome."""

    MAIN = ("watermark_text", "position", "font_size", "opacity")

    def __init__(self, *args: Any, defaults: Mapping[str, Any] | None = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for name, rule in WatermarkSpec.offered_rules().items():
            self.fields[name] = RuledField(rule)
        self.order_fields(self.MAIN)
        self.initial = {**(defaults or {}), **self.initial}

    def clean_watermark_text(self) -> str:
        """Return the text; refuse what a mark cannot say."""
        text: str = self.cleaned_data["watermark_text"]
        try:
            check_text(text)
        except UnsupportedText as error:
            raise ValidationError(str(error), code=error.code) from error
        return text

    @property
    def spec(self) -> WatermarkSpec:
        """The instructions that the checked values make."""
        return WatermarkSpec(**self.cleaned_data)

    @property
    def main_fields(self) -> list[forms.BoundField]:
        """The fields that most marks need, in the order they are asked for."""
        return [self[name] for name in self.MAIN]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        """All others."""
        return [self[name] for name in self.fields if name not in self.MAIN]

    @property
    def more_is_open(self) -> bool:
        """Whether the others must be seen, since one of them has an error."""
        return any(field.errors for field in self.more_fields)


def _widget(rule: Rule) -> forms.Widget:
    match rule:
        case TextRule():
            return forms.TextInput({"maxlength": rule.max_length, "autocomplete": "off"})
        case IntegerRule():
            return _number(rule, "numeric")
        case NumberRule():
            return _number(rule, "decimal")
        case ChoiceRule():
            return forms.RadioSelect(choices=rule.choices)
        case ColorRule():
            return forms.TextInput({"type": "color"})
        case LengthRule() | PagesRule():
            return forms.TextInput({"autocomplete": "off", "spellcheck": "false"})
        case ObjectRule() | ListRule():
            return forms.Textarea({"rows": 2})
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
    ChoiceRule: lambda rule: "Choose one of the options.",
    ColorRule: lambda rule: "Enter a colour such as #808080.",
    LengthRule: lambda rule: "Enter a length",
    PagesRule: lambda rule: "Enter pages",
    ObjectRule: lambda rule: "x",
    ListRule: lambda rule: "x",
}


def _sentence(rule: Rule, unfit: Unfit) -> str:
    if unfit.problems[0].type in ("string_control_character", "string_unicode"):
        return "The text has characters that cannot be drawn, such as control characters."
    return _SENTENCES[type(rule)](rule)


def described(spec: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return a stored spec as pairs of label and value for people; what is unset is left out."""
    return [
        (rule.label, _shown(rule, spec[name]))
        for name, rule in WatermarkSpec.offered_rules().items()
        if spec.get(name) is not None
    ]


def _shown(rule: Rule, value: Any) -> str:
    if isinstance(rule, ChoiceRule):
        return rule.labels.get(value, value)
    number = f"{value:g}" if isinstance(value, float) else str(value)
    return f"{number} {rule.unit}".strip()
