"""Finding out whether a mark can be made of a file: by making one, on an empty page."""

from __future__ import annotations

from documents.watermark import apply
from documents.watermark.errors import UnsupportedImage
from documents.watermark.files import scratch
from documents.watermark.spec import WatermarkSpec
from documents.watermark.text.sfnt import BadFont

from .asset_kinds import AssetFormat, AssetKind

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from typing import Any, BinaryIO

    from documents.watermark.outcome import Limits
    from documents.watermark.text.font import Font

NAME = "judged"
EMPTY_PAGE = b"""%PDF-1.7
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Count 1/Kids[3 0 R]>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj
xref
0 4
0000000000 65535 f 
0000000009 00000 n 
0000000052 00000 n 
0000000101 00000 n 
trailer<</Size 4/Root 1 0 R>>
startxref
164
%%EOF
"""  # noqa: W291 - a row of the table has twenty bytes
LAST_LOOKED_AT = 0x3000
LETTERS_TRIED = 24


def judge(asset: BinaryIO, target: BinaryIO, format: str, limits: Limits) -> dict[str, Any]:
    """Width and height (of a picture in pixels, of a page in points), or a font's name.

    Raises UnsupportedImage and UnsupportedText for what no mark can be made of.
    """
    kind = AssetFormat(format).kind
    if kind is AssetKind.FONT:
        return _font(asset, target, limits)
    facts = _picture(asset) if kind is AssetKind.IMAGE else _page(asset)
    _try(asset, target, WatermarkSpec(type=kind.value, asset=NAME, opacity=1.0), limits)
    return facts


def _picture(asset: BinaryIO) -> dict[str, Any]:
    from documents.watermark.marks.asset import asset_bytes
    from documents.watermark.marks.image import ON_ITS_SIDE
    from documents.watermark.marks.picture import read_picture

    picture = read_picture(asset_bytes(asset))
    width, height = picture.samples.size
    if picture.orientation >= ON_ITS_SIDE:
        width, height = height, width
    return {"width": width, "height": height, "font_name": ""}


def _page(asset: BinaryIO) -> dict[str, Any]:
    from documents.watermark.marks.asset import asset_bytes
    from documents.watermark.marks.page_source import page_of

    with page_of(asset_bytes(asset), 1) as page:
        pages = len(page.pdf.pages)
        if pages > 1:
            raise UnsupportedImage(f"A PDF to be drawn has one page; this one has {pages}.")
        width, height = page.geometry.size
    return {"width": round(width), "height": round(height), "font_name": ""}


def _font(asset: BinaryIO, target: BinaryIO, limits: Limits) -> dict[str, Any]:
    from documents.watermark.text.choosing import font_of_asset

    font = font_of_asset(asset)
    spec = WatermarkSpec(watermark_text=letters_of(font))
    _try(asset, target, spec, limits, name=str(spec.font_family))
    return {"width": None, "height": None, "font_name": font.name()}


def letters_of(font: Font) -> str:
    """The first letters that a font draws; raises UnsupportedText where there is none."""
    found = [letter for letter in map(chr, range(0x21, LAST_LOOKED_AT)) if _draws(font, letter)]
    if not found:
        raise BadFont("it has no letters")
    return "".join(found[:LETTERS_TRIED])


def _draws(font: Font, letter: str) -> bool:
    return letter.isalnum() and font.glyph_of(letter) > 0


def _try(
    asset: BinaryIO, target: BinaryIO, spec: WatermarkSpec, limits: Limits, *, name: str = NAME
) -> None:
    with scratch() as page:
        page.write(EMPTY_PAGE)
        page.flush()
        page.seek(0)
        apply(page, target, spec, assets={name: asset}, limits=limits)
