"""JPEG files as they go into a PDF unchanged (ISO/IEC 10918-1; ISO 32000-2, 7.4.8)."""

from __future__ import annotations

import re

from ..syntax.values import Name
from .samples import Samples

SPACES = {1: "DeviceGray", 3: "DeviceRGB", 4: "DeviceCMYK"}
START_OF_SCAN, APP0, APP14, COMMENT = 0xDA, 0xE0, 0xEE, 0xFE
APPLICATION = range(0xE0, 0xF0)
# Baseline, extended and progressive, Huffman-coded: what PDF readers know.
FRAMES = (0xC0, 0xC1, 0xC2)
ALL_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# In the data of a scan, 0xFF stands before 0 for itself, and before restart markers (B.1.1.5).
MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
END_OF_IMAGE = b"\xff\xd9"
LETTERS = b"RGB"
INVERTED = [1, 0] * 4


def as_it_is(data: bytes) -> Samples | None:
    """The picture without another loss; None where readers of PDF would not understand it.

    What says nothing of the pixels (where and by whom a photograph was taken, its small version)
    is left out.
    """
    kept, frame, jfif, adobe, at = [b"\xff\xd8"], b"", False, False, 2
    while True:
        marker, body, end = _segment(data, at)
        if marker in APPLICATION or marker == COMMENT:
            is_jfif = marker == APP0 and body.startswith(b"JFIF\0")
            is_adobe = marker == APP14 and body.startswith(b"Adobe")
            jfif, adobe = jfif or is_jfif, adobe or is_adobe
            if is_jfif or is_adobe:
                kept.append(data[at:end])
        elif marker == START_OF_SCAN:
            break
        elif marker is None or (marker in ALL_FRAMES and (marker not in FRAMES or frame)):
            return None
        else:
            frame = body if marker in ALL_FRAMES else frame
            kept.append(data[at:end])
        at = end
    return _samples(frame, b"".join([*kept, data[at : _end(data, at)]]), jfif=jfif, adobe=adobe)


def _end(data: bytes, at: int) -> int:
    """Where the picture ends whose first scan begins at a place; cameras append films."""
    while (found := MARKER.search(data, at)) and found[0] != END_OF_IMAGE:
        at = _segment(data, found.start())[2]
    return found.end() if found else len(data)


def _segment(data: bytes, at: int) -> tuple[int | None, bytes, int]:
    """Marker, body and end of a segment (B.1.1.4); no marker where there is none."""
    while data[at : at + 2] == b"\xff\xff":
        at += 1
    length = int.from_bytes(data[at + 2 : at + 4], "big")
    end = at + 2 + length
    if data[at : at + 1] != b"\xff" or length < 2 or end > len(data):
        return None, b"", len(data)
    return data[at + 1], data[at + 4 : end], end


def _samples(frame: bytes, data: bytes, *, jfif: bool, adobe: bool) -> Samples | None:
    """The picture of a frame header (B.2.2), if its colours are beyond doubt."""
    if len(frame) < 6 or frame[0] != 8 or len(frame) < 6 + 3 * frame[5]:
        return None
    size = int.from_bytes(frame[3:5], "big"), int.from_bytes(frame[1:3], "big")
    space = SPACES.get(frame[5])
    names_letters = frame[6:15:3] == LETTERS
    if space is None or 0 in size or (names_letters and not (jfif or adobe)):
        return None
    more = {"Filter": Name("DCTDecode")}
    # Adobe's programs write CMYK the other way round, and all others follow them.
    inverted = {"Decode": INVERTED} if space == "DeviceCMYK" and adobe else {}
    return Samples(size, space, data, more={**more, **inverted})
