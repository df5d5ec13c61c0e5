"""Texts, pictures and Word documents made to do harm, by name: their kind and how each is made."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping

from PIL import Image

from documents.formats.kinds import DocumentFormat
from documents.formats.sniffing import MOST_TEXT_BYTES
from documents.tests.formats.files import part, repacked, word

XML = "word/document.xml"
HUGE = 60_000


def png_of_size(width: int, height: int, data: bytes = b"") -> bytes:
    """A PNG that says it has so many pixels, whatever its data are."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">L", len(body)) + kind + body + struct.pack(">L", zlib.crc32(kind + body))
        )

    header = struct.pack(">LLBBBBB", width, height, 8, 2, 0, 0, 0)
    packed = zlib.compress(data or bytes(1000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    )


def jpeg_of_scans(count: int = 2000) -> bytes:
    """A progressive JPEG whose readers pass over all pixels again and again."""
    file = io.BytesIO()
    Image.effect_noise((500, 500), 90).save(file, "JPEG", progressive=True)
    data = file.getvalue()
    at = data.rindex(b"\xff\xda")
    return data[:at] + data[at:-2] * count + data[-2:]


def jpeg_of_size(width: int, height: int) -> bytes:
    """A JPEG that says it has so many pixels, and has those of a small one."""
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "JPEG")
    data = file.getvalue()
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", height, width) + data[at + 4 :]


def png_of_notes(count: int = 200) -> bytes:
    """A small picture with notes that inflate to ten million bytes each, and such a profile."""
    whole = png_of_size(10, 10)
    packed = zlib.compress(bytes(10 << 20), 9)
    end = whole.index(b"IDAT") - 4

    def chunk(kind: bytes, body: bytes) -> bytes:
        checked = struct.pack(">L", zlib.crc32(kind + body))
        return struct.pack(">L", len(body)) + kind + body + checked

    notes = b"".join(chunk(b"zTXt", b"n%d\0\0" % at + packed) for at in range(count))
    return whole[:end] + chunk(b"iCCP", b"p\0\0" + packed) + notes + whole[end:]


def inflating_png() -> bytes:
    """A small picture whose data inflate to a hundred million bytes."""
    return png_of_size(10, 10, bytes(100 << 20))


def with_document(xml: bytes) -> bytes:
    """A Word document with another text."""
    return repacked(word(), {XML: xml})


def nested(count: int) -> bytes:
    """A Word document of tables in tables."""
    body = part(word(), XML)
    table = b"<w:tbl><w:tr><w:tc>", b"<w:p/></w:tc></w:tr></w:tbl>"
    return with_document(
        body.replace(b"<w:sectPr", table[0] * count + table[1] * count + b"<w:sectPr")
    )


def many_sections(count: int) -> bytes:
    """A Word document of so many sections, each of another size."""
    body = part(word(), XML)
    sections = b"".join(
        b'<w:p><w:pPr><w:sectPr><w:pgSz w:w="%d" w:h="15840"/></w:sectPr></w:pPr></w:p>'
        % (9000 + at)
        for at in range(count)
    )
    return with_document(body.replace(b"<w:sectPr", sections + b"<w:sectPr", 1))


def laughs() -> bytes:
    """A Word document whose entities grow ten times at each of ten levels."""
    levels = b"".join(
        b'<!ENTITY l%d "%s">' % (at, b"&l%d;" % (at - 1) * 10 if at else b"ha") for at in range(10)
    )
    body = part(word(), XML).replace(b"Hello Word", b"&l9;")
    at = body.index(b"<w:document")
    return with_document(body[:at] + b"<!DOCTYPE d [" + levels + b"]>" + body[at:])


def outside(address: bytes) -> bytes:
    """A Word document whose text is to come from elsewhere."""
    body = part(word(), XML).replace(b"Hello Word", b"&out;")
    at = body.index(b"<w:document")
    entity = b'<!DOCTYPE d [<!ENTITY out SYSTEM "%s">]>' % address
    return with_document(body[:at] + entity + body[at:])


def led_outside(address: str) -> bytes:
    """A Word document whose template, picture and frame are to be fetched."""
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    name = "word/_rels/document.xml.rels"
    rows = "".join(
        f'<Relationship Id="out{at}" Type="{office}/{kind}" Target="{address}/{at}"'
        ' TargetMode="External"/>'
        for at, kind in enumerate(("attachedTemplate", "image", "frame", "oleObject", "hyperlink"))
    )
    rels = part(word(), name).replace(b"</Relationships>", rows.encode() + b"</Relationships>")
    return repacked(word(), {name: rels})


def with_macros() -> bytes:
    """A Word document with macros, under the name of one without."""
    types = part(word(), "[Content_Types].xml").replace(
        b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
        b"application/vnd.ms-word.document.macroEnabled.main+xml",
    )
    return repacked(word(), {"[Content_Types].xml": types, "word/vbaProject.bin": b"\xd0\xcf" * 99})


def overlapping() -> bytes:
    """A Word document whose parts share the same compressed bytes: small, and huge inflated."""
    data = repacked(word(), {"word/big.bin": bytes(100 << 20)})
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        at, count = archive.start_dir, len(archive.infolist())
    directory, end = data[at:-22], data[-22:]
    row = directory[directory.rindex(b"PK\x01\x02") :]
    more = b"".join(row.replace(b"word/big.bin", b"word/b%02d.bin" % each) for each in range(99))
    counts = struct.pack("<HHL", count + 99, count + 99, len(directory + more))
    return data[:at] + directory + more + end[:8] + counts + end[16:]


FILES: Mapping[str, tuple[DocumentFormat, Callable[[], bytes]]] = {
    "text of line feeds": (DocumentFormat.TXT, lambda: b"\n" * MOST_TEXT_BYTES),
    "text of form feeds": (DocumentFormat.TXT, lambda: b"\f" * 300_000),
    "text of one word": (DocumentFormat.TXT, lambda: b"x" * (1 << 20)),
    "text of marks": (DocumentFormat.TXT, lambda: b"a" + "\u0301".encode() * 20_000),
    "text of turns": (DocumentFormat.TXT, lambda: ("\u202e\u2066a" * 10_000).encode()),
    "text of 100 MB": (DocumentFormat.TXT, lambda: b"Countermark. " * 8_000_000),
    "text of one line": (DocumentFormat.TXT, lambda: b"many words " * (MOST_TEXT_BYTES // 11)),
    "text of controls": (DocumentFormat.TXT, lambda: b"\x1b[2J\x07\x00\x08" * 10_000),
    "text that is none": (DocumentFormat.TXT, lambda: b"\xff\xff\x00" * 1000),
    "picture of 3.6 billion pixels": (DocumentFormat.PNG, lambda: png_of_size(HUGE, HUGE)),
    "picture of a long row": (DocumentFormat.PNG, lambda: png_of_size(2_000_000, 1)),
    "picture that inflates": (DocumentFormat.PNG, inflating_png),
    "picture without data": (DocumentFormat.PNG, lambda: png_of_size(500, 500)),
    "picture that is none": (DocumentFormat.JPG, lambda: b"\xff\xd8\xff" + bytes(5000)),
    "picture of notes": (DocumentFormat.PNG, png_of_notes),
    "photograph of 4 billion pixels": (DocumentFormat.JPG, lambda: jpeg_of_size(65_500, 65_500)),
    "photograph of a long row": (DocumentFormat.JPG, lambda: jpeg_of_size(65_500, 1)),
    "photograph of nothing": (DocumentFormat.JPG, lambda: jpeg_of_size(0, 0)),
    "photograph of scans": (DocumentFormat.JPG, jpeg_of_scans),
    "word of 300 MiB": (DocumentFormat.DOCX, lambda: with_document(b" " * (300 << 20))),
    "word of entities": (DocumentFormat.DOCX, laughs),
    "word from a file": (DocumentFormat.DOCX, lambda: outside(b"file:///etc/passwd")),
    "word from the network": (DocumentFormat.DOCX, lambda: outside(b"http://127.0.0.1:9/x")),
    "word that leads outside": (
        DocumentFormat.DOCX,
        lambda: led_outside("http://127.0.0.1:9"),
    ),
    "word with macros": (DocumentFormat.DOCX, with_macros),
    "word of parts in parts": (DocumentFormat.DOCX, overlapping),
    "word of tables": (DocumentFormat.DOCX, lambda: nested(100_000)),
    "word of sections": (DocumentFormat.DOCX, lambda: many_sections(2000)),
    "word of parts": (
        DocumentFormat.DOCX,
        lambda: repacked(word(), {f"media/{at}": b"" for at in range(21_000)}),
    ),
    "word that is none": (DocumentFormat.DOCX, lambda: b"PK\x03\x04" + bytes(5000)),
}
