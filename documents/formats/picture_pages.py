"""A picture as a document of one page that it fills, turned as its EXIF data says."""

from __future__ import annotations

from typing import BinaryIO

from documents.watermark.errors import UnsupportedImage
from documents.watermark.marks.image import picture_form
from documents.watermark.marks.mark import MarkContext
from documents.watermark.marks.picture import read_picture
from documents.watermark.raster.picture_document import PictureDocument

# The longer side of the page in points: from a postcard to A3. Cameras write any resolution.
SHORTEST_PAGE, LONGEST_PAGE = 288.0, 1190.55
LEAST_SIDE = 3.0  # of the shorter side: what viewers still show
MOST_BYTES = 256 << 20
# A photograph of the largest telephones; decoding more needs more than a sandboxed run has.
MOST_PIXELS = 120_000_000
MOST_DECODED_PIXELS = 60_000_000


def write_picture_page(source: BinaryIO, target: BinaryIO, *, title: str = "") -> None:
    """Write a PNG or JPEG file as a document; raises UnsupportedImage.

    The page has the picture's own size where that lies between a postcard and A3. What is
    transparent is paper.
    """
    source.seek(0)
    data = source.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise UnsupportedImage("The picture has more bytes than allowed.")
    picture = read_picture(data, most_pixels=MOST_PIXELS, most_decoded=MOST_DECODED_PIXELS)
    made = PictureDocument(target)
    form = picture_form(picture, 1.0, made, MarkContext())
    longer = max(form.width, form.height)
    scale = min(max(longer, SHORTEST_PAGE), LONGEST_PAGE) / longer
    width, height = (max(side * scale, LEAST_SIDE) for side in (form.width, form.height))
    made.add_form_page(form.ref, (width, height), scale)
    made.finish(title)
