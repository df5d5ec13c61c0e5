"""The assets of the tour."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image, ImageDraw

import documents.watermark
from accounts.tests.cast import Person
from documents.tests.factories import make_asset, make_preset

FONTS = Path(documents.watermark.__file__).parent / "fonts"


def furnish_assets(ada: Person) -> None:
    """Make a logo that a preset uses, and a font."""
    crest = make_asset(
        ada.tenant, name="Crest", content=_crest(), file_name="crest.png", width=600, height=360
    )
    make_preset(
        ada.tenant,
        name="With our crest",
        config={"type": "image", "asset": str(crest.pk), "opacity": 0.4, "scale": 0.5},
    )
    font = next(iter(sorted(FONTS.glob("*Cherokee-Bold.ttf")))).read_bytes()
    make_asset(ada.tenant, name="Headlines", content=font, format="ttf", font_name="Noto Cherokee")


def _crest() -> bytes:
    picture = Image.new("RGBA", (600, 360), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((180, 40, 420, 280), outline="#3b4cca", width=22)
    draw.polygon([(300, 90), (375, 230), (225, 230)], fill="#3b4cca")
    draw.rectangle((150, 310, 450, 330), fill="#3b4cca")
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
