"""A Word document as what it is, a ZIP file of parts: read bounded, copied as it lies there.

Parts that do not change are copied as they are compressed (APPNOTE.TXT 6.3, 4.3), and those that
nobody asks for are never inflated.
"""

from __future__ import annotations

import struct
import zipfile
import zlib

from documents.watermark.errors import Damaged, Encrypted, TooLarge

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import BinaryIO

MOST_PARTS = 20_000
MOST_PART_BYTES = 32 << 20
MOST_PACKAGE_BYTES = (4 << 30) - 1  # without ZIP64, which no document needs
COPY_BYTES = 1 << 20
LOCAL = struct.Struct("<4s5H3L2H")
CENTRAL = struct.Struct("<4s6H3L5H2L")
END = struct.Struct("<4s4H2LH")
LOCAL_SIGN, CENTRAL_SIGN, END_SIGN = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
IS_ENCRYPTED, IS_UTF_8 = 1 << 0, 1 << 11
STORED, DEFLATED = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
VERSION = 20
DATE, TIME = (1 << 5) | 1, 0  # 1980-01-01, as Word writes it: the same input gives the same bytes


class Package:
    """The parts of an open file. Raises Damaged for a directory that makes no sense."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        try:
            with zipfile.ZipFile(file) as archive:
                self._entries = {info.filename: info for info in archive.infolist()}
                self._directory_at = archive.start_dir
                count = len(archive.infolist())
        except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError) as error:
            raise Damaged("This file is no sound ZIP file.") from error
        names = {name.casefold() for name in self._entries}
        if count != len(names) or count > MOST_PARTS:  # ECMA-376-2, 6.2.2: names are unique
            raise Damaged("This document's parts do not have names of their own.")
        self._places = self._checked_places()

    @property
    def names(self) -> list[str]:
        """The names of all parts, in the order of the directory."""
        return list(self._entries)

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def check_inflates(self, most: int) -> None:
        """Raise TooLarge where all parts together are larger, inflated; whatever they say."""
        left = most
        for name, info in self._entries.items():
            start, size = self._places[name]
            self._file.seek(start)
            if info.compress_type == STORED:
                left -= size
            else:
                left -= self._inflated_bytes(size, left)
            if left < 0:
                raise TooLarge

    def _inflated_bytes(self, size: int, most: int) -> int:
        inflater, total = zlib.decompressobj(-15), 0
        while size and total <= most and not inflater.eof:
            data = self._file.read(min(size, COPY_BYTES))
            size -= len(data)
            try:
                while data and total <= most:
                    total += len(inflater.decompress(data, COPY_BYTES))
                    data = inflater.unconsumed_tail
            except zlib.error as error:
                raise Damaged from error
        return total

    def read(self, name: str) -> bytes:
        """A part, inflated; raises Damaged, TooLarge."""
        if name not in self._entries:
            raise Damaged(f"This document lacks a part: {name[:100]}.")
        info, (start, size) = self._entries[name], self._places[name]
        if info.file_size > MOST_PART_BYTES:
            raise TooLarge
        self._file.seek(start)
        data = self._file.read(size)
        if info.compress_type == STORED:
            return data
        inflater = zlib.decompressobj(-15)
        try:
            found = inflater.decompress(data, MOST_PART_BYTES + 1)
        except zlib.error as error:
            raise Damaged from error
        if len(found) > MOST_PART_BYTES:
            raise TooLarge
        if zlib.crc32(found) != info.CRC or not inflater.eof:
            raise Damaged
        return found

    def write(self, target: BinaryIO, changed: Mapping[str, bytes]) -> int:
        """Write the package with these parts changed or added; tell how long it is."""
        writer = _Writer(target)
        for name, info in self._entries.items():
            if name in changed:
                writer.add(name, changed[name])
                continue
            start, size = self._places[name]
            writer.begin(info, size)
            self._file.seek(start)
            writer.copy(self._file, size)
        for name in changed:
            if name not in self._entries:
                writer.add(name, changed[name])
        return writer.finish()

    def _checked_places(self) -> dict[str, tuple[int, int]]:
        """Where the data of each part lies; no part may lie in another one."""
        places, end = {}, 0
        for info in sorted(self._entries.values(), key=lambda info: info.header_offset):
            if info.flag_bits & IS_ENCRYPTED:
                raise Encrypted
            if info.compress_type not in (STORED, DEFLATED):
                raise Damaged("This document is compressed in a way that none should be.")
            if info.header_offset < end:
                raise Damaged("This document's parts overlap.")
            self._file.seek(info.header_offset)
            head = self._file.read(LOCAL.size)
            if len(head) < LOCAL.size or head[:4] != LOCAL_SIGN:
                raise Damaged
            name_length, extra_length = LOCAL.unpack(head)[-2:]
            start = info.header_offset + LOCAL.size + name_length + extra_length
            end = start + info.compress_size
            if end > self._directory_at:
                raise Damaged
            if info.compress_type == STORED and info.compress_size != info.file_size:
                raise Damaged
            places[info.filename] = start, info.compress_size
        return places


class _Writer:
    """Writes a ZIP file from its start, every size told in front of the data."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._directory: list[bytes] = []
        self._at = 0

    def add(self, name: str, data: bytes) -> None:
        """A part, compressed here."""
        deflater = zlib.compressobj(6, wbits=-15)
        packed = deflater.compress(data) + deflater.flush()
        info = zipfile.ZipInfo(name)
        info.CRC, info.file_size, info.compress_type = zlib.crc32(data), len(data), DEFLATED
        info.flag_bits = 0 if name.isascii() else IS_UTF_8
        self.begin(info, len(packed))
        self._put(packed)

    def begin(self, info: zipfile.ZipInfo, size: int) -> None:
        """The header of a part whose data follow."""
        flags = info.flag_bits & IS_UTF_8
        name = info.filename.encode("utf-8" if flags else "cp437", "replace")
        about = (flags, info.compress_type, TIME, DATE, info.CRC, size, info.file_size, len(name))
        row = CENTRAL.pack(
            CENTRAL_SIGN, VERSION, VERSION, *about, 0, 0, 0, 0, 0, self._checked(self._at)
        )
        self._directory.append(row + name)
        self._put(LOCAL.pack(LOCAL_SIGN, VERSION, *about, 0) + name)

    def copy(self, source: BinaryIO, size: int) -> None:
        """So many bytes as they are."""
        while size:
            data = source.read(min(size, COPY_BYTES))
            if not data:
                raise Damaged
            self._put(data)
            size -= len(data)

    def finish(self) -> int:
        """The directory."""
        start, rows = self._checked(self._at), b"".join(self._directory)
        count = len(self._directory)
        self._put(rows + END.pack(END_SIGN, 0, 0, count, count, len(rows), start, 0))
        return self._checked(self._at)

    def _checked(self, at: int) -> int:
        if at > MOST_PACKAGE_BYTES:
            raise TooLarge
        return at

    def _put(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            done = self._target.write(view)
            self._at += done
            view = view[done:]
