"""The form by which visitors try a mark: a few fields of the one schema, with its bounds."""

from __future__ import annotations

from typing import Any

from django import forms

from documents.forms.ruled_field import RuledField
from documents.services.specs import problems_of_texts
from documents.watermark.spec import WatermarkSpec

# What the page shows at first (static/img/sample.webp); the other fields are what visitors change.
SHOWN_FIRST = {
    "watermark_text": "CONFIDENTIAL",
    "position": "diagonal",
    "color": "#3b4cca",
    "font_size": 64,
    "opacity": 0.35,
}


class TryForm(forms.Form):
    """What the mark says, where and in which colour; ``spec`` is the outcome once it is valid."""

    SHOWN = ("watermark_text", "position", "color")

    spec: WatermarkSpec

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = dict(SHOWN_FIRST)
        rules = WatermarkSpec.offered_rules()
        for name in self.SHOWN:
            self.fields[name] = RuledField(rules[name])
            self.fields[name].help_text = ""
        text = self.fields["watermark_text"]
        text.widget = forms.TextInput({**text.widget.attrs, "rows": None})

    def clean(self) -> dict[str, Any]:
        """Make the spec; refuse texts that cannot be drawn."""
        if self.errors:
            return self.cleaned_data
        self.spec = WatermarkSpec.parse({**SHOWN_FIRST, **self.cleaned_data}, only_offered=True)
        for problem in problems_of_texts(self.spec):
            self.add_error("watermark_text", f"{problem['msg']}".rstrip("."))
        return self.cleaned_data
