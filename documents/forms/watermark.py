"""The form of a mark."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from documents.forms.asset_field import AssetField, font_choices
from documents.forms.ruled_field import RuledField
from documents.models import Asset
from documents.services.specs import problems_of_texts
from documents.watermark.errors import BadSpec
from documents.watermark.spec import FontFamily, Output, Tile, WatermarkSpec
from documents.watermark.spec.rules import Rule

PARTS = {"tile": Tile, "output": Output}
"""Settings within the settings, whose fields stand beside the others."""


class WatermarkForm(forms.Form):
    """What the mark says and where it goes; ``spec`` is the outcome once it is valid.

    More layers are for programs; those of the workspace's own mark go with what is sent.
    """

    MAIN = ("asset", "watermark_text", "position", "font_size", "opacity")
    GROUPS = (
        ("Letters", ("font_family", "font_weight", "align", "color")),
        ("Place", ("pages", "layer", "rotation", "scale", "margin", "offset_x", "offset_y")),
        ("Tiles, where the position is Tile", ("tile_gap_x", "tile_gap_y", "tile_stagger")),
        ("The copy", ("output_format", "strength", "preserve_signatures", "active_content")),
    )
    UNSHOWN = ("layers",)
    # One menu says both of what the mark is made, and of which file.
    OF_ASSETS = ("type", "asset")

    spec: WatermarkSpec

    def __init__(
        self,
        *args: Any,
        defaults: Mapping[str, Any] | None = None,
        assets: Sequence[Asset] = (),
        **kwargs: Any,
    ):
        super().__init__(*args, **kwargs)
        self.defaults = defaults = defaults or {}
        for name, rule in _shown_rules():
            self.fields[name] = RuledField(rule)
        self._add_assets(assets, defaults)
        self.order_fields(self.MAIN)
        self.initial = {**defaults, **_parts_of(defaults), **self.initial}
        self._unshown = {name: defaults[name] for name in self.UNSHOWN if name in defaults}

    def _add_assets(self, assets: Sequence[Asset], defaults: Mapping[str, Any]) -> None:
        """Offer the workspace's own files; no menu where there is nothing to choose."""
        field = AssetField(assets, chosen=str(defaults.get("asset") or ""))
        if field.has_some:
            self.fields["asset"] = field
        family = self.fields["font_family"]
        family.widget.choices = font_choices(assets, chosen=defaults.get("font_family"))
        self._own_fonts = {str(each.pk) for each in assets if each.kind == Asset.Kind.FONT}

    def clean_font_family(self) -> Any:
        """Refuse fonts that are not there."""
        family = self.cleaned_data["font_family"]
        if family not in list(FontFamily) and family not in self._own_fonts:
            raise ValidationError("There is no such font any more. Choose another.")
        return family

    def clean(self) -> dict[str, Any]:
        """Make the spec of the values; refuse texts that cannot be drawn on this document."""
        values = dict(self.cleaned_data)
        asset = values.pop("asset", None)
        if asset:  # then there is no text, and nothing wrong with it
            values.pop("watermark_text", None)
            self.errors.pop("watermark_text", None)
            values |= {"type": asset.kind, "asset": str(asset.pk)}
        parts = {
            part: {
                name: values.pop(f"{part}_{name}")
                for name in of.RULES
                if f"{part}_{name}" in values
            }
            for part, of in PARTS.items()
        }
        if self.errors:
            return values
        try:
            self.spec = WatermarkSpec.parse({**self._unshown, **values, **parts}, only_offered=True)
        except BadSpec as error:  # the fields are checked: it lies in what is not shown
            self.add_error(None, str(error))
            return values
        for problem in problems_of_texts(self.spec):
            is_here = problem["loc"] == ["watermark_text"]
            self.add_error("watermark_text" if is_here else None, f"{problem['msg']}".rstrip("."))
        return values

    @property
    def main_fields(self) -> list[forms.BoundField]:
        """The fields that most marks need, in the order they are asked for."""
        return [self[name] for name in self.MAIN if name in self.fields]

    @property
    def more_groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """All others, in groups with a title."""
        return [(title, [self[name] for name in names]) for title, names in self.GROUPS]

    @property
    def more_is_open(self) -> bool:
        """Whether the others must be seen, since one of them has an error."""
        return any(field.errors for _, fields in self.more_groups for field in fields)


def _parts_of(defaults: Mapping[str, Any]) -> dict[str, Any]:
    given = {part: defaults.get(part) for part in PARTS}
    return {
        f"{part}_{name}": values[name]
        for part, values in given.items()
        if isinstance(values, Mapping)
        for name in values
    }


def _shown_rules() -> Iterator[tuple[str, Rule]]:
    """Every field of the form; those of the parts stand beside the others."""
    for name, rule in WatermarkSpec.offered_rules().items():
        if name in PARTS:
            of = PARTS[name].offered_rules()
            yield from ((f"{name}_{part}", rule) for part, rule in of.items())
        elif name not in (*WatermarkForm.UNSHOWN, *WatermarkForm.OF_ASSETS):
            yield name, rule
