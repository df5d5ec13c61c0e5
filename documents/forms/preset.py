"""The form of a preset: a mark under a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from documents.forms.watermark import WatermarkForm
from documents.models.preset import NAME_MAX
from documents.watermark.spec import WatermarkSpec


class PresetForm(WatermarkForm):
    """Name, mark, and whether it counts where none is named; ``config`` is what is to be kept."""

    ABOUT = ("name", "is_default")

    def __init__(self, *args: Any, kept: Mapping[str, Any] | None = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._kept = kept
        self.fields["name"] = forms.CharField(
            max_length=NAME_MAX, help_text="No two presets have the same, in any case."
        )
        self.fields["is_default"] = forms.BooleanField(
            required=False,
            label="Begin every mark with it",
            help_text="Also requests that name no preset. At most one preset is this default.",
        )

    def clean(self) -> dict[str, Any]:
        """Make the spec of the mark's fields alone."""
        about = {
            name: self.cleaned_data.pop(name) for name in self.ABOUT if name in self.cleaned_data
        }
        return {**super().clean(), **about}

    @property
    def about_fields(self) -> list[forms.BoundField]:
        """The fields that are not the mark's."""
        return [self[name] for name in self.ABOUT]

    @property
    def config(self) -> dict[str, Any]:
        """The mark as it is kept; the form must be valid.

        What a preset of programs left open stays open, unless somebody has changed it here.
        """
        whole = self.spec.as_dict()
        names = [name for name in WatermarkSpec.offered_rules() if name in whole]
        if self._kept is None:
            return {name: whole[name] for name in names}
        before = WatermarkSpec.parse(self._shown(), only_offered=True).as_dict()
        return {
            name: whole[name]
            for name in names
            if name in self._kept or whole[name] != before.get(name)
        }

    def _shown(self) -> dict[str, Any]:
        """Return the spec that the form was filled with."""
        known = WatermarkSpec.offered_rules()
        shown = {name: value for name, value in self.defaults.items() if name in known}
        return shown if shown.get("asset") else {"watermark_text": "x", **shown}
