"""Small files that grow: filters, predictors, streams shared by many."""

from __future__ import annotations

import base64
import zlib

from documents.tests import builders

BLOCK = 1 << 20


def deflated(size: int, block: bytes = b" " * BLOCK) -> bytes:
    """This many bytes (whole blocks), compressed in no time: the same piece again and again."""
    packer = zlib.compressobj(9)
    head = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    piece = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    count = size // len(block)
    checksum = 1
    for _each in range(count):
        checksum = zlib.adler32(block, checksum)
    return head + piece * (count - 1) + b"\x03\x00" + checksum.to_bytes(4, "big")


def with_content(data: bytes, entries: bytes, pages: int = 1, times: int = 1) -> bytes:
    """Pages that share one content stream, each ``times`` times."""
    content = b"[%s]" % (b"4 0 R " * times)
    page = b"<</Type/Page/Parent 2 0 R/Contents %s%s>>" % (content, builders.page_entries())
    kids = b" ".join(b"%d 0 R" % number for number in range(10, 10 + pages))
    return builders.document(
        {
            1: b"<</Type/Catalog/Pages 2 0 R>>",
            2: b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, kids),
            4: builders.stream(data, entries),
            **{number: page for number in range(10, 10 + pages)},
        }
    )


def filtered(data: bytes, *filters: str, parameters: bytes = b"") -> bytes:
    names = b"".join(b"/" + name.encode() for name in filters)
    return with_content(data, b"/Filter[%s]%s" % (names, parameters))


def flate_twice() -> bytes:
    return filtered(zlib.compress(deflated(1 << 30), 9), "FlateDecode", "FlateDecode")


def many_filters() -> bytes:
    data = b"q Q"
    for _each in range(200):
        data = data.hex().encode() + b">" if len(data) < 5000 else zlib.compress(data, 9)
    return filtered(data, *["ASCIIHexDecode", "FlateDecode"] * 100)


def lzw_of_zeros(size: int) -> bytes:
    """So many zeros at least, compressed: each code is the entry that it makes (7.4.4.2)."""
    bits, length, code, width = f"{0:09b}", 1, 258, 9
    decoded = 1
    while code < 4094:
        bits += f"{code:0{width}b}"
        length, code = length + 1, code + 1
        decoded += length
        width = next(each for each in (9, 10, 11, 12) if code + 1 < 1 << each)
    turns = -(-size // (8 * decoded))
    bits += f"{256:012b}"  # begin again
    eight = int(bits * 8, 2).to_bytes(len(bits), "big")
    return eight * turns + b"\x80\x80"


def predicted(columns: int, colours: int = 1, bits: int = 8) -> bytes:
    parameters = b"/DecodeParms<</Predictor 15/Columns %d/Colors %d/BitsPerComponent %d>>"
    return filtered(
        zlib.compress(b"\4" * 100_000),
        "FlateDecode",
        parameters=parameters % (columns, colours, bits),
    )


def cross_reference(entries: bytes, data: bytes) -> bytes:
    """A file with nothing but a cross-reference stream."""
    body = builders.stream(data, b"/Type/XRef/Root 1 0 R/Filter/FlateDecode" + entries)
    file = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n"
    return file + b"9 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF" % (body, len(file))


def object_stream(count: int, size: int) -> bytes:
    body = builders.stream(
        deflated(size, (b"1 0 " * BLOCK)[:BLOCK]),
        b"/Type/ObjStm/N %d/First %d/Filter/FlateDecode" % (count, size // 2),
    )
    rows = b"".join(
        kind.to_bytes(1, "big") + value.to_bytes(4, "big") + index.to_bytes(2, "big")
        for kind, value, index in ((0, 0, 0), (2, 5, 0), (2, 5, 1), (2, 5, 2), (2, 5, 3), (1, 9, 0))
    )
    file = b"%%PDF-1.7\n5 0 obj\n%s\nendobj\n" % body
    xref = builders.stream(
        zlib.compress(rows), b"/Type/XRef/Root 1 0 R/Filter/FlateDecode/Size 6/W[1 4 2]"
    )
    return file + b"6 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF" % (xref, len(file))


BOMBS = {
    "flate 1 GiB": lambda: filtered(deflated(1 << 30), "FlateDecode"),
    "flate 4 GiB": lambda: filtered(deflated(1 << 32), "FlateDecode"),
    "flate twice": flate_twice,
    "many filters": many_filters,
    "run length": lambda: filtered(b"\x81 " * (4 << 20) + b"\x80", "RunLengthDecode"),
    "zeros in base 85": lambda: filtered(b"z" * (64 << 20) + b"~>", "ASCII85Decode"),
    "lzw of 2 GiB": lambda: filtered(lzw_of_zeros(1 << 31), "LZWDecode"),
    "four filters": lambda: filtered(
        base64.a85encode(zlib.compress(lzw_of_zeros(1 << 29), 9)) + b"~>",
        *("ASCII85Decode", "FlateDecode", "LZWDecode", "RunLengthDecode"),
    ),
    "a filter of itself": lambda: with_content(b"q Q", b"/Filter 4 0 R/DecodeParms 4 0 R"),
    "one content fifty times": lambda: with_content(
        deflated(60 << 20), b"/Filter/FlateDecode", times=50
    ),
    "forty pages of 60 MiB": lambda: with_content(
        deflated(60 << 20, b"0 0 m 9 9 l S\n  " * 65536), b"/Filter/FlateDecode", pages=40
    ),
    "words of 64 MiB": lambda: with_content(
        deflated(64 << 20, b"(" * BLOCK), b"/Filter/FlateDecode"
    ),
    "brackets of 64 MiB": lambda: with_content(
        deflated(64 << 20, b"[" * BLOCK), b"/Filter/FlateDecode"
    ),
    "predictor of 2 GiB rows": lambda: predicted(0x7FFFFFFF),
    "predictor that overflows": lambda: predicted(0x7FFFFFFF, 0x7FFFFFFF, 16),
    "predictor of no columns": lambda: predicted(0),
    "predictor below nothing": lambda: predicted(-5),
    "cross references of 1 GiB": lambda: cross_reference(
        b"/Size 1000000000/W[1 0 0]", deflated(1 << 30, b"\1" * BLOCK)
    ),
    "cross references without width": lambda: cross_reference(
        b"/Size 2000000000/W[0 0 0]", zlib.compress(b"x")
    ),
    "cross references of a width": lambda: cross_reference(
        b"/Size 9/W[2000000000 2000000000 2000000000]", zlib.compress(b"x")
    ),
    "cross references predicted": lambda: cross_reference(
        b"/Size 9/W[1 2 1]/DecodeParms<</Predictor 12/Columns 2147483647>>",
        zlib.compress(b"x" * 99),
    ),
    "object stream of 512 MiB": lambda: object_stream(1 << 26, 1 << 29),
}
