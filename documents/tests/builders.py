"""PDFs for tests, built in memory from a few lines each; nothing is read from disk.

Most are written by ``document`` below, object by object, so that tests can make what no library
would write. Sizes are points.
"""

from __future__ import annotations

import io
import os
import struct
import zlib
from collections.abc import Sequence
from typing import BinaryIO

import pikepdf

A4 = (595, 842)
TEXT = b"BT /F1 14 Tf 1 0 0 1 60 500 Tm (The quick brown fox jumps over the lazy dog) Tj ET"
FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
RESOURCES = b"<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"


def stream(data: bytes, entries: bytes = b"", *, compress: bool = False) -> bytes:
    """A stream object's body."""
    if compress:
        data, entries = zlib.compress(data), entries + b"/Filter/FlateDecode"
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(data), entries, data)


def document(objects: dict[int, bytes], *, root: int = 1, trailer: bytes = b"") -> bytes:
    """A file of these object bodies by number, with a classic cross-reference table."""
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    offsets = {}
    for number, body in objects.items():
        offsets[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start, size = len(out), max(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        if number in offsets:
            out += b"%010d 00000 n \n" % offsets[number]
        else:
            out += b"0000000000 65535 f \n"
    out += b"trailer\n<</Size %d/Root %d 0 R%s>>\n" % (size, root, trailer)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)


def box(numbers: Sequence[float]) -> bytes:
    """A rectangle."""
    return b"[%s]" % b" ".join(b"%g" % number for number in numbers)


def page_entries(
    *,
    media_box: Sequence[float] | None = (0, 0, *A4),
    crop_box: Sequence[float] | None = None,
    rotate: int | None = None,
    user_unit: float | None = None,
) -> bytes:
    """The entries that decide a page's geometry."""
    entries = b""
    if media_box:
        entries += b"/MediaBox" + box(media_box)
    if crop_box:
        entries += b"/CropBox" + box(crop_box)
    if rotate is not None:
        entries += b"/Rotate %d" % rotate
    if user_unit is not None:
        entries += b"/UserUnit %g" % user_unit
    return entries


def plain(pages: int = 1, content: bytes = TEXT, entries: bytes | None = None) -> bytes:
    """Pages that share a content stream; ``entries`` are each page's own."""
    own = page_entries() if entries is None else entries
    kids = range(10, 10 + pages)
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        2: b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, b" ".join(b"%d 0 R" % k for k in kids)),
        3: stream(content),
    }
    page = b"<</Type/Page/Parent 2 0 R/Contents 3 0 R/Resources%s%s>>" % (RESOURCES, own)
    return document(objects | dict.fromkeys(kids, page))


def one_page(page: bytes, more: dict[int, bytes] | None = None, *, tree: bytes = b"") -> bytes:
    """A single page with exactly these entries, and these entries on its parent in the tree."""
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        2: b"<</Type/Pages/Count 1/Kids[10 0 R]%s>>" % tree,
        10: b"<</Type/Page/Parent 2 0 R%s>>" % page,
    }
    return document(objects | (more or {}))


def inherited() -> bytes:
    """All that a page can inherit, inherited: a turned, cropped page with text."""
    tree = page_entries(media_box=(-50, -50, 650, 850), crop_box=(50, 100, 450, 700), rotate=90)
    return one_page(b"/Contents 3 0 R", {3: stream(TEXT)}, tree=tree + b"/Resources" + RESOURCES)


def mixed() -> bytes:
    """Pages of different sizes and turns, one without content."""
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        2: b"<</Type/Pages/Count 4/Kids[10 0 R 11 0 R 12 0 R 13 0 R]>>",
        3: stream(TEXT),
    }
    own = [
        page_entries() + b"/Contents 3 0 R",
        page_entries(media_box=(0, 0, 842, 1191), rotate=90) + b"/Contents 3 0 R",
        page_entries(media_box=(0, 0, 200, 120)),
        page_entries(crop_box=(100, 100, 400, 700), rotate=270) + b"/Contents[3 0 R]",
    ]
    for number, entries in enumerate(own, start=10):
        page = b"<</Type/Page/Parent 2 0 R/Resources%s%s>>" % (RESOURCES, entries)
        objects[number] = page
    return document(objects)


def encrypted(*, user: str = "", owner: str = "owner", revision: int = 6) -> bytes:
    """An encrypted page: revision 2 and 3 are RC4, 4 is AES-128, 6 is AES-256."""
    return _saved(
        plain(),
        encryption=pikepdf.Encryption(
            user=user, owner=owner, R=revision, aes=revision >= 4, metadata=revision >= 4
        ),
    )


def object_streams(pages: int = 3) -> bytes:
    """Pages whose dictionaries lie in object streams, with a cross-reference stream."""
    return _saved(plain(pages), object_stream_mode=pikepdf.ObjectStreamMode.generate)


def linearized(pages: int = 3) -> bytes:
    """Pages laid out for the web."""
    return _saved(plain(pages), linearize=True)


def _saved(data: bytes, **how: object) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.save(out, static_id="encryption" not in how, **how)
    return out.getvalue()


def with_shifted_offsets() -> bytes:
    """A page whose cross-reference table is wrong by some bytes: repairable."""
    return plain().replace(b"%PDF-1.7\n", b"%PDF-1.7\n%% a line that came later\n", 1)


def truncated() -> bytes:
    """The first half of a document: no cross-reference table, the page is lost."""
    data = plain()
    return data[: data.index(b"10 0 obj")]


def without_pages() -> bytes:
    """A page tree with nothing in it."""
    return document({1: b"<</Type/Catalog/Pages 2 0 R>>", 2: b"<</Type/Pages/Count 0/Kids[]>>"})


def with_looped_tree() -> bytes:
    """A page tree that is its own child, without a page."""
    return document(
        {
            1: b"<</Type/Catalog/Pages 2 0 R>>",
            2: b"<</Type/Pages/Kids[5 0 R]/Count 1>>",
            5: b"<</Type/Pages/Kids[2 0 R]/Count 1/Parent 2 0 R>>",
        }
    )


def signed() -> bytes:
    """A document with a signature that has been made (its value is not a real one)."""
    return _with_form(b"<</FT/Sig/T(Signature)/V 21 0 R>>", b"/SigFlags 3")


def with_empty_signature_field() -> bytes:
    """A document with a place for a signature."""
    return _with_form(b"<</FT/Sig/T(Signature)>>", b"/SigFlags 1")


def _with_form(field: bytes, flags: bytes) -> bytes:
    return document(
        {
            1: b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[20 0 R]%s>>>>" % flags,
            2: b"<</Type/Pages/Count 1/Kids[10 0 R]>>",
            10: b"<</Type/Page/Parent 2 0 R%s>>" % page_entries(),
            20: field,
            21: b"<</Type/Sig/Filter/Adobe.PPKLite/ByteRange[0 1 2 3]/Contents<00>>>",
        }
    )


def memory_bomb(gigabytes: int = 4) -> bytes:
    """A small file with an object stream that inflates to so much."""
    segment_bytes = 1 << 24
    deflater = zlib.compressobj(9, wbits=-15)
    segment = deflater.compress(b" " * segment_bytes) + deflater.flush(zlib.Z_FULL_FLUSH)
    data = b"\x78\x9c" + segment * (gigabytes * (1 << 30) // segment_bytes) + b"\x03\x00"
    entries = b"/Type/ObjStm/N 1/First 6/Filter/FlateDecode"
    objects = {3: stream(data, entries)}
    body = document(objects)
    head = body[: body.index(b"xref\n0")]
    free, in_stream = (0, 0, 65535), (2, 3, 0)
    rows = [free, in_stream, free, (1, head.index(b"3 0 obj"), 0), (1, len(head), 0)]
    table = b"".join(struct.pack(">BLH", *row) for row in rows)
    xref = stream(table, b"/Type/XRef/W[1 4 2]/Size 5/Root 1 0 R")
    return head + b"4 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (xref, len(head))


def write_scans(file: BinaryIO, *, pages: int, bytes_per_page: int) -> None:
    """Write pages with one picture each, never more than one of them in memory.

    The pictures are random grey noise, which no compression shrinks: sizes are what they say.
    """
    side = max(1, int(bytes_per_page**0.5))
    rows = bytes_per_page // side
    offsets: dict[int, int] = {}

    def put(number: int, body: bytes) -> None:
        offsets[number] = file.tell()
        file.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))

    file.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    put(1, b"<</Type/Catalog/Pages 2 0 R>>")
    kids = b" ".join(b"%d 0 R" % (4 + 2 * index) for index in range(pages))
    put(2, b"<</Type/Pages/Count %d/Kids[%s]%s>>" % (pages, kids, page_entries()))
    put(3, stream(b"q %d 0 0 %d 0 0 cm /Im Do Q" % A4))
    picture = b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray" % (side, rows)
    for index in range(pages):
        number = 4 + 2 * index
        page = b"<</Type/Page/Parent 2 0 R/Contents 3 0 R/Resources<</XObject<</Im %d 0 R>>>>>>"
        put(number, page % (number + 1))
        put(number + 1, stream(os.urandom(side * rows), picture + b"/BitsPerComponent 8"))
    start, size = file.tell(), 4 + 2 * pages
    file.write(b"xref\n0 %d\n0000000000 65535 f \n" % size)
    file.writelines(b"%010d 00000 n \n" % offsets[number] for number in range(1, size))
    file.write(b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, start))
