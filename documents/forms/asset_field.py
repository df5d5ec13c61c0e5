"""Menus of the workspace's own files: what a mark is made of, and its font."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from documents.models import Asset
from documents.watermark.spec import FontFamily, WatermarkSpec

TEXT = ("", "Text")
GONE = "A file that is gone"
GROUPS = ((Asset.Kind.IMAGE, "Pictures"), (Asset.Kind.PDF, "PDF pages"))


class AssetField(forms.Field):
    """Text, or one of the pictures and pages; its value is the asset, or None for text."""

    def __init__(self, assets: Sequence[Asset], *, chosen: str = "") -> None:
        self._known = {str(each.pk): each for each in assets if each.kind != Asset.Kind.FONT}
        gone = [(chosen, GONE)] if chosen and chosen not in self._known else []
        groups = [(label, _named(assets, kind)) for kind, label in GROUPS]
        choices = [TEXT, *gone, *((label, some) for label, some in groups if some)]
        self.has_some = len(choices) > 1
        super().__init__(
            required=False,
            label="Made of",
            help_text="A text, or a picture or page of yours.",
            widget=forms.Select(choices=choices),
        )

    def clean(self, value: Any) -> Asset | None:
        """Return the asset that the mark is drawn of."""
        if not value:
            return None
        if str(value) not in self._known:
            raise ValidationError("There is no such file any more. Choose another.")
        return self._known[str(value)]


def font_choices(assets: Sequence[Asset], *, chosen: Any = None) -> list[Any]:
    """Return our families, then the workspace's own fonts."""
    own = _named(assets, Asset.Kind.FONT)
    ours = list(WatermarkSpec.RULES["font_family"].choices)  # type: ignore[attr-defined] # a menu
    known = {str(value) for value, _ in (*ours, *own)} | {*FontFamily}
    gone = [(str(chosen), "A font that is gone")] if chosen and str(chosen) not in known else []
    return [*ours, *gone, *([("Your fonts", own)] if own else [])]


def _named(assets: Sequence[Asset], kind: str) -> list[tuple[str, str]]:
    return sorted(_choices(assets, kind), key=lambda each: each[1].casefold())


def _choices(assets: Sequence[Asset], kind: str) -> Iterator[tuple[str, str]]:
    yield from ((str(each.pk), each.name) for each in assets if each.kind == kind)
