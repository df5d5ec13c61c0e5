"""What marks can be made of beside text: pictures, pages and fonts, known by their bytes."""

from __future__ import annotations

from enum import StrEnum


class AssetKind(StrEnum):
    """What an asset is good for: the words of a mark's `type`, and fonts."""

    IMAGE = "image"
    PDF = "pdf"
    FONT = "font"


class AssetFormat(StrEnum):
    """What an asset's file is."""

    PNG = "png"
    JPG = "jpg"
    PDF = "pdf"
    TTF = "ttf"
    OTF = "otf"

    @property
    def kind(self) -> AssetKind:
        """What it is good for."""
        return KINDS[self]

    @property
    def media_type(self) -> str:
        """As Content-Type has it (fonts: RFC 8081)."""
        return MEDIA_TYPES[self]

    def named(self, file_name: str) -> str:
        """``file_name`` with an ending that programs know this format by."""
        ending = file_name.rpartition(".")[2].lower()
        return file_name if ending in ENDINGS[self] else f"{file_name}.{self.value}"


KINDS = {
    AssetFormat.PNG: AssetKind.IMAGE,
    AssetFormat.JPG: AssetKind.IMAGE,
    AssetFormat.PDF: AssetKind.PDF,
    AssetFormat.TTF: AssetKind.FONT,
    AssetFormat.OTF: AssetKind.FONT,
}
MEDIA_TYPES = {
    AssetFormat.PNG: "image/png",
    AssetFormat.JPG: "image/jpeg",
    AssetFormat.PDF: "application/pdf",
    AssetFormat.TTF: "font/ttf",
    AssetFormat.OTF: "font/otf",
}
ENDINGS = {
    AssetFormat.PNG: ("png",),
    AssetFormat.JPG: ("jpg", "jpeg"),
    AssetFormat.PDF: ("pdf",),
    AssetFormat.TTF: ("ttf", "otf"),
    AssetFormat.OTF: ("otf", "ttf"),
}
# A collection of fonts (ttcf) does not say which of them is meant.
SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", AssetFormat.PNG),
    (b"\xff\xd8\xff", AssetFormat.JPG),
    (b"%PDF-", AssetFormat.PDF),
    (b"\0\1\0\0", AssetFormat.TTF),
    (b"true", AssetFormat.TTF),
    (b"OTTO", AssetFormat.OTF),
)
ACCEPTED = "a picture (PNG, JPEG), a PDF of one page, or a font (TTF, OTF)"
"""All of them, in a sentence."""


def asset_format_of(beginning: bytes) -> AssetFormat | None:
    """The format of a file that begins so, None where it is none of ours."""
    for signature, found in SIGNATURES:
        if beginning.startswith(signature):
            return found
    return None


def may_be_asset(beginning: bytes) -> bool:
    """Whether a file that begins so, and goes on, may be one of ours."""
    return asset_format_of(beginning) is not None
