"""Following the chain of cross-references from ``startxref`` back (ISO 32000-2, 7.5.4 to 7.5.8)."""

from __future__ import annotations

import re

from ..files import HEADER_WITHIN
from ..syntax.filters import decoded, filters_of, parameters_of
from ..syntax.lexer import (
    GAP,
    SPACE,
    WHITE,
    array_items,
    dictionary_at,
    reference_number,
    whole_number,
)
from ..syntax.unreadable import Unreadable
from .sections import (
    NOWHERE,
    TableSection,
    VisibleRows,
    merged,
    stream_sections,
    table_sections,
)

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from mmap import mmap

    from .sections import Location, Section

STARTXREF_WITHIN = 1 << 16
MOST_TRAILER_BYTES = 1 << 20
MOST_STREAM_BYTES = 1 << 26  # of all decoded cross-references: beyond 4 million objects
MOST_LINKS = 2000

STARTXREF = re.compile(rb"startxref[" + WHITE + rb"]*(\d{1,20})")
# What an object begins with, its value following at once.
OBJECT = re.compile(
    GAP + rb"(\d{1,10})[" + WHITE + rb"]+(\d{1,5})[" + WHITE + rb"]+obj" + GAP,
)
STREAM = re.compile(GAP + rb"stream(?:\r\n|\n|\r)")
TRAILER = re.compile(rb"[" + WHITE + rb"]*trailer")

TABLE, STREAMS = "table", "stream"


class CrossReference:
    """The places of a file's objects.

    ``trailer`` has the newest trailer's entries as text by key, ``kind`` says how the newest
    section is written, ``startxref`` where, counted from ``base``: the place of the header where
    offsets leave out what stands before it. ``header`` is that place, ``first_unused`` a number
    beyond all in use.
    """

    def __init__(self, data: mmap) -> None:
        self.data = data
        self.header = header = data.find(b"%PDF-", 0, HEADER_WITHIN)
        start = data.rfind(b"startxref", max(0, len(data) - STARTXREF_WITHIN))
        found = STARTXREF.match(data, start) if start >= 0 else None
        if header < 0 or found is None:
            raise Unreadable("there is no header or no startxref")
        self.startxref = int(found[1])
        # Where junk precedes the header, offsets mostly count from the header.
        self.base = header if self._is_section(self.startxref + header) else 0
        self.trailer: dict[bytes, bytes] = {}
        self.kind = ""
        self.sections: list[Section] = []
        self._bytes_left = MOST_STREAM_BYTES
        self._follow()
        self.first_unused = max(
            [whole_number(self.trailer.get(b"/Size"), "Size")]
            + [section.end for section in self.sections]
        )
        self._history = self.sections
        self.sections = merged(self.sections)
        only = self.sections[0] if len(self.sections) == 1 else None
        # Where an object is, of kind FREE when it is nowhere.
        self.locate = only.locate if isinstance(only, TableSection) else self._search

    @property
    def has_history(self) -> bool:
        """Whether more than one section may tell of an object."""
        return len(self._history) > 1

    def revisions(self, numbers: Collection[int]) -> Iterator[tuple[int, Location]]:
        """Where objects are and where their former versions are, as far as the file tells."""
        for section in self._history:
            told = section.numbers()
            # The shorter way: histories may be long, and documents too.
            for number in told if len(told) < len(numbers) else numbers:
                location = section.find(number) if number in numbers else None
                if location is not None:
                    yield number, location

    def _search(self, number: int) -> Location:
        for section in self.sections:
            location = section.find(number)
            if location is not None:
                return location
        return NOWHERE

    def _is_section(self, at: int) -> bool:
        """Whether a section begins at exactly this place."""
        start = self.data[at : at + 4] if at < len(self.data) else b""
        return start == b"xref" or (start[:1].isdigit() and OBJECT.match(self.data, at) is not None)

    def _follow(self) -> None:
        seen: set[int] = set()
        offset: int | None = self.startxref
        while offset is not None:
            if offset in seen or len(seen) > MOST_LINKS:
                raise Unreadable("the chain of cross-references loops")
            seen.add(offset)
            trailer = self._add(offset, seen)
            self.trailer = self.trailer or trailer
            previous = trailer.get(b"/Prev")
            # Some writers say that there is none with a 0, where no section can be.
            offset = whole_number(previous, "Prev") or None if previous else None

    def _add(self, offset: int, seen: set[int]) -> dict[bytes, bytes]:
        """Take one link of the chain in; its trailer."""
        data, at = self.data, offset + self.base
        space = SPACE.match(data, at) if at < len(data) else None
        at = space.end() if space else len(data)
        if data[at : at + 4] != b"xref":
            self.kind = self.kind or STREAMS
            return self._add_stream(at)
        self.kind = self.kind or TABLE
        sections, end = table_sections(data, at + 4)
        word = TRAILER.match(data, end)
        if word is None:
            raise Unreadable("a trailer is missing")
        trailer = self._dictionary(word.end())[0]
        hidden = trailer.get(b"/XRefStm")
        if hidden:
            # A hybrid file (7.5.8.4): its table calls free what only the stream tells of, but is
            # asked first.
            self.sections += map(VisibleRows, sections)
            offset = whole_number(hidden, "XRefStm")
            if offset not in seen:
                seen.add(offset)
                self._add_stream(offset + self.base)
        self.sections += sections
        return trailer

    def _add_stream(self, at: int) -> dict[bytes, bytes]:
        heading = OBJECT.match(self.data, at) if at < len(self.data) else None
        if heading is None:
            raise Unreadable("there is no cross-reference where one should be")
        entries, end = self._dictionary(heading.end())
        if entries.get(b"/Type") != b"/XRef":
            raise Unreadable("there is no cross-reference where one should be")
        filters = filters_of(entries.get(b"/Filter"))
        parameters = parameters_of(entries.get(b"/DecodeParms"), len(filters))
        if any(reference_number(text) is not None for text in parameters):
            raise Unreadable("a cross-reference stream refers to its parameters")
        raw = stream_bytes(self.data, end, whole_number(entries.get(b"/Length"), "Length"))
        rows, is_whole = decoded(raw, filters, parameters, self._bytes_left)
        if not is_whole:
            raise Unreadable("a cross-reference stream is damaged")
        self._bytes_left -= len(rows)
        size = whole_number(entries.get(b"/Size"), "Size")
        index = _numbers(entries[b"/Index"]) if b"/Index" in entries else [0, size]
        widths = _numbers(entries.get(b"/W", b"[]"))
        if len(widths) != 3:
            raise Unreadable("a cross-reference stream has impossible widths")
        self.sections += stream_sections(rows, index, (widths[0], widths[1], widths[2]))
        return entries

    def _dictionary(self, at: int) -> tuple[dict[bytes, bytes], int]:
        """A dictionary in the file as texts by key, and the place behind it."""
        text = self.data[at : at + MOST_TRAILER_BYTES]
        spans = dictionary_at(text)
        return spans.texts(), at + spans.end


def _numbers(text: bytes) -> list[int]:
    return [
        whole_number(item, "an entry of a cross-reference stream") for item in array_items(text)
    ]


def stream_bytes(data: mmap, at: int, length: int) -> bytes:
    """The bytes of the stream whose dictionary ends at a place (7.3.8.1)."""
    keyword = STREAM.match(data, at)
    if keyword is None:
        raise Unreadable("a stream does not begin")
    start, end = keyword.end(), keyword.end() + length
    space = SPACE.match(data, end) if end < len(data) else None
    if space is None or data[space.end() : space.end() + 9] != b"endstream":
        raise Unreadable("a stream is longer or shorter than it says")
    return data[start:end]
