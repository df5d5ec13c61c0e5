"""The bytes that string objects stand for (ISO 32000-2, 7.3.4)."""

from __future__ import annotations

import re

ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|(\r\n?|\n)|(.))|(\r\n?)", re.DOTALL)
CONTROLS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
NO_DIGIT = re.compile(rb"[^0-9A-Fa-f]")


def string_bytes(text: bytes) -> bytes:
    """The bytes of a literal or hexadecimal string, given with its brackets."""
    if text[:1] == b"<":
        digits = NO_DIGIT.sub(b"", text)
        return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))
    return ESCAPE.sub(_meaning, text[1:-1])


def _meaning(escape: re.Match[bytes]) -> bytes:
    octal, line_end, sign, bare_line_end = escape.groups()
    if octal:
        return bytes([int(octal, 8) & 255])
    if line_end:
        return b""
    if bare_line_end:
        return b"\n"
    return CONTROLS.get(sign, sign)
