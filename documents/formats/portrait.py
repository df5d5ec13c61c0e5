"""What an asset looks like, as a small picture: lists show these, never the files themselves."""

from __future__ import annotations

from documents.watermark.files import scratch
from documents.watermark.preview import preview
from documents.watermark.spec import WatermarkSpec

from .asset_kinds import AssetFormat, AssetKind
from .judging import letters_of
from .marking import as_pdf

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from typing import BinaryIO

    from documents.watermark.outcome import Limits
    from documents.watermark.text.font import Font

# As wide as two of its height: a card for a few letters.
CARD = b"""%PDF-1.7
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Count 1/Kids[3 0 R]>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 200]>>endobj
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
SAMPLE = "AaBbGg 123"
LETTERS_SHOWN = 10


def portray(asset: BinaryIO, format: str, width: int, limits: Limits) -> bytes:
    """A PNG of ``width`` pixels: the picture, the page, or some letters of the font."""
    if AssetFormat(format).kind is AssetKind.FONT:
        return _letters(asset, width, limits)
    with as_pdf(asset, format, limits) as (pages, between, _):
        return preview(pages, width=width, limits=between)


def _letters(asset: BinaryIO, width: int, limits: Limits) -> bytes:
    from documents.watermark.text.choosing import font_of_asset

    spec = WatermarkSpec(
        watermark_text=_sample(font_of_asset(asset)), font_size=72, opacity=1.0, color="#16171b"
    )
    with scratch() as card:
        card.write(CARD)
        card.flush()
        card.seek(0)
        assets = {str(spec.font_family): asset}
        return preview(card, spec, width=width, assets=assets, limits=limits)


def _sample(font: Font) -> str:
    if all(font.glyph_of(letter) > 0 for letter in SAMPLE if letter != " "):
        return SAMPLE
    return letters_of(font)[:LETTERS_SHOWN]
