"""The form of a batch: a mark, what to call it, and the customer's own references."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from documents.forms.watermark import WatermarkForm
from documents.models.batch import Batch
from documents.models.batch_item import REF_MAX_CHARACTERS


class ReferencesField(forms.CharField):
    """One reference a line, in the order of the documents; an empty line is none."""

    widget = forms.Textarea

    def clean(self, value: Any) -> list[str]:
        """Return the references, each once at most."""
        lines = [line.strip() for line in super().clean(value).splitlines()]
        while lines and not lines[-1]:
            lines.pop()
        for number, line in enumerate(lines, 1):
            if len(line) > REF_MAX_CHARACTERS or not (line.isprintable() or not line):
                raise ValidationError(
                    f"Line {number}: at most {REF_MAX_CHARACTERS} plain characters."
                )
        again = [line for line, count in Counter(lines).items() if line and count > 1]
        if again:
            raise ValidationError(f"“{again[0]}” stands there twice; each names one document.")
        return lines


class BatchForm(WatermarkForm):
    """The mark of all documents of a batch; ``count`` is how many there are."""

    ABOUT = ("title", "references")

    def __init__(self, *args: Any, count: int, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._count = count
        self.fields["title"] = forms.CharField(
            max_length=Batch._meta.get_field("title").max_length,
            required=False,
            label="Name",
            help_text="What you find the batch by. Empty: how many documents it has.",
            widget=forms.TextInput({"autocomplete": "off"}),
        )
        self.fields["references"] = ReferencesField(
            required=False,
            label="Your own references",
            help_text="One a line, in the order of the documents. They stand in the table and in"
            " the manifest.",
            strip=False,
            widget=forms.Textarea({"rows": 4, "autocomplete": "off", "spellcheck": "false"}),
        )

    def clean_references(self) -> list[str]:
        """Refuse more references than there are documents."""
        references: list[str] = self.cleaned_data["references"]
        if len(references) > self._count:
            raise ValidationError(
                f"{len(references)} references, but {self._count} documents are chosen."
            )
        return references

    def clean(self) -> dict[str, Any]:
        """Make the spec of the mark's fields alone."""
        about = {
            name: self.cleaned_data.pop(name) for name in self.ABOUT if name in self.cleaned_data
        }
        return {**super().clean(), **about}
