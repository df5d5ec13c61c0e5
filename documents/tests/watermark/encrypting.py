"""Encrypted files, their encryption dictionaries and updates of them, as the tests want them."""

from __future__ import annotations

import io
import re

import pikepdf

from documents.tests import builders
from documents.watermark.reading.encryption import SecurityHandler, security_handler

# Revision, and whether streams are AES.
FLAVOURS = [(2, False), (3, False), (4, False), (4, True), (5, True), (6, True)]


def encrypted(
    revision: int, aes: bool, *, user: str = "", owner: str = "owner", metadata: bool = True
) -> bytes:
    """A page with text, a title, XMP metadata, all encrypted by qpdf."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(builders.plain())) as pdf:
        pdf.docinfo["/Title"] = "A title"
        pdf.Root["/Metadata"] = pikepdf.Stream(
            pdf, b"<x/>", Type=pikepdf.Name("/Metadata"), Subtype=pikepdf.Name("/XML")
        )
        encryption = pikepdf.Encryption(
            user=user, owner=owner, R=revision, aes=aes, metadata=aes and metadata
        )
        pdf.save(
            out,
            encryption=encryption,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            compress_streams=False,
            fix_metadata_version=False,
        )
    return out.getvalue()


def entries(data: bytes, password: str) -> tuple[dict[str, object], bytes]:
    """The encryption dictionary as plain values, and the first part of the file's identifier."""
    with pikepdf.open(io.BytesIO(data), password=password) as pdf:
        first_id = bytes(pdf.trailer.ID[0]) if "/ID" in pdf.trailer else b""
        return plain(pdf.trailer.Encrypt), first_id


def plain(value: object) -> object:
    """A value of pikepdf as the parser gives it."""
    if isinstance(value, pikepdf.Dictionary):
        return {key[1:]: plain(each) for key, each in value.items()}
    if isinstance(value, pikepdf.Name):
        return str(value)[1:]
    return bytes(value) if isinstance(value, pikepdf.String) else value


def opened(data: bytes, password: str, *, known: str | None = None) -> SecurityHandler:
    """The handler; ``known``: the password with which the test itself reads the dictionary."""
    return security_handler(*entries(data, password if known is None else known), password)


def raw_stream(data: bytes, number: int) -> bytes:
    """A stream as it stands in the file."""
    start = data.index(b"\n%d 0 obj" % number)
    length = int(re.compile(rb"/Length (\d+)").search(data, start)[1])
    start = data.index(b"stream\n", start) + 7
    return data[start : start + length]


def raw_string(data: bytes, number: int, key: bytes) -> bytes:
    """A string, which has to be written in hexadecimal, as it stands in the file."""
    found = re.compile(key + rb" ?<([0-9a-f]+)>").search(data, data.index(b"\n%d 0 obj" % number))
    return bytes.fromhex(found[1].decode())


def updated(data: bytes, objects: dict[int, bytes]) -> bytes:
    """The file with these objects in an incremental update."""
    tail = bytearray()
    rows = b""
    for number, body in objects.items():
        rows += b"%d 1\n%010d 00000 n \n" % (number, len(data) + len(tail))
        tail += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    trailer = re.compile(rb"trailer <<(.*)>>\nstartxref\n(\d+)", re.DOTALL).search(data)
    start = len(data) + len(tail)
    tail += b"xref\n%strailer <<%s/Prev %s>>\nstartxref\n%d\n%%%%EOF\n" % (
        rows,
        trailer[1],
        trailer[2],
        start,
    )
    return data + bytes(tail)
