"""A file read as if something stood behind it and here and there in it."""

from __future__ import annotations

import io
import tempfile

import pytest

from documents.watermark.overlaid_file import OverlaidFile

SOURCE = bytes(range(256)) * 4
TAIL = b"and a tail"
PATCHES = ((0, b"start"), (700, b"x" * 300), (1020, b"last"))


@pytest.fixture
def source():
    with tempfile.TemporaryFile() as file:
        file.write(SOURCE)
        file.flush()
        yield file


def expected() -> bytes:
    whole = bytearray(SOURCE + TAIL)
    for at, data in PATCHES:
        whole[at : at + len(data)] = data
    return bytes(whole)


def test_reads_source_patches_and_tail(source):
    assert OverlaidFile(source).buffered().read() == SOURCE
    assert OverlaidFile(source, TAIL).buffered().read() == SOURCE + TAIL
    assert OverlaidFile(source, TAIL, PATCHES).buffered().read() == expected()
    source.seek(0)
    assert source.read() == SOURCE


@pytest.mark.parametrize("buffered", [True, False])
def test_any_part_can_be_read(source, buffered):
    overlaid = OverlaidFile(source, TAIL, reversed(PATCHES))
    file = overlaid.buffered() if buffered else overlaid
    for number in range(500):
        at, length = number * 37 % 1100, 1 + number * 53 % 400
        file.seek(at)
        wanted = expected()[at : at + length]
        read = b""
        while len(read) < len(wanted) and (part := file.read(length - len(read))):
            read += part
        assert read == wanted


def test_places_count_from_start_here_and_end(source):
    file = OverlaidFile(source, TAIL)
    assert file.seek(0, io.SEEK_END) == len(SOURCE + TAIL)
    assert file.read() == b""
    assert file.seek(-4, io.SEEK_END) == len(SOURCE + TAIL) - 4
    assert file.read() == TAIL[-4:]
    file.seek(10)
    assert file.seek(5, io.SEEK_CUR) == file.tell() == 15
    with pytest.raises(ValueError, match="before the start"):
        file.seek(-1)
