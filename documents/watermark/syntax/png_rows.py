"""The filters of PNG in all their kinds (PNG specification, clause 9), a row at a time."""

from __future__ import annotations

from .unreadable import Unreadable

MOST_BYTES = 4 << 20  # two seconds; cross-references of half a million objects


def unfiltered(data: bytes, columns: int) -> bytes:
    """Rows of one byte per pixel, each led by its filter, without their filters."""
    if len(data) > MOST_BYTES:
        raise Unreadable("there is too much to undo byte by byte")
    out, previous = bytearray(), bytes(columns)
    for start in range(0, len(data) - columns, columns + 1):
        row = bytearray(data[start + 1 : start + 1 + columns])
        _undo(data[start], row, previous)
        out += row
        previous = bytes(row)
    return bytes(out)


def _undo(kind: int, row: bytearray, above: bytes) -> None:
    if kind == 0:
        return
    if kind > 4:
        raise Unreadable("a predictor is not known")
    left = corner = 0
    for column, value in enumerate(row):
        up = above[column]
        guess = (left, up, (left + up) // 2, _paeth(left, up, corner))[kind - 1]
        left, corner = (value + guess) & 255, up
        row[column] = left


def _paeth(left: int, up: int, corner: int) -> int:
    estimate = left + up - corner
    distances = abs(estimate - left), abs(estimate - up), abs(estimate - corner)
    return (left, up, corner)[distances.index(min(distances))]
