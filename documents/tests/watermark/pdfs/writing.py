"""One document in every kind of file: the same objects, other cross-references (7.5.4 to 7.5.8)."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping

from documents.tests import builders

KINDS = ("table", "stream", "packed", "hybrid")
HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
FREE, AT, PACKED = 0, 1, 2
Entry = tuple[int, int, int]
Objects = Mapping[int, bytes]


def file_of(objects: Objects, kind: str = "table", **how: object) -> bytes:
    """A whole file.

    ``kind``: ``table`` (classic), ``stream`` (a cross-reference stream), ``packed`` (that, and
    object streams) or ``hybrid`` (a table in which the packed objects are free, and an empty one
    before it that leads to their stream, as Microsoft's writers have it).
    """
    return updated(HEADER, objects, kind, previous=None, **how)


def updated(
    data: bytes,
    objects: Objects,
    kind: str = "table",
    *,
    previous: int | None = -1,
    generations: Mapping[int, int] | None = None,
    visible: frozenset[int] = frozenset({1, 2}),
    freed: tuple[int, ...] = (),
    known: Mapping[int, Entry] | None = None,
    size: int = 0,
    root: int = 1,
    trailer: bytes = b"",
    **xref: object,
) -> bytes:
    """The file with an update behind it. ``previous``: -1 takes it from the file's ``startxref``.

    ``visible`` names what a hybrid file keeps out of its object stream, ``freed`` what becomes
    free, ``known`` what is in the file already and has no entry yet.
    """
    out, generations = bytearray(data), generations or {}
    size = max(size, 1 + max([*objects, *(known or {})], default=0), _size_of(data))
    entries: dict[int, Entry] = {0: (FREE, 0, 65535)} | {number: (FREE, 0, 1) for number in freed}
    entries |= known or {}
    packed = {
        number: body
        for number, body in objects.items()
        if kind in ("packed", "hybrid")
        and not body.endswith(b"endstream")
        and not generations.get(number)
        and not (kind == "hybrid" and number in visible)
    }
    for number, body in objects.items():
        if number not in packed:
            entries[number] = (AT, len(out), generations.get(number, 0))
            out += b"%d %d obj\n%s\nendobj\n" % (number, generations.get(number, 0), body)
    if packed:
        entries |= {number: (PACKED, size, index) for index, number in enumerate(packed)}
        entries[size] = (AT, len(out), 0)
        out += b"%d 0 obj\n%s\nendobj\n" % (size, object_stream(packed))
        size += 1
    more = b"/Root %d 0 R%s" % (root, trailer)
    if previous is not None:
        more += b"/Prev %d" % (last_startxref(data) if previous < 0 else previous)
    start = len(out)
    if kind == "table":
        out += table(entries) + b"trailer\n<</Size %d%s>>\n" % (size, more)
    elif kind == "hybrid":
        hidden = {number: entry for number, entry in entries.items() if entry[0] == PACKED}
        hidden_at = start
        out += xref_stream(size, hidden, size + 1, more, start)
        shown = {n: (FREE, 0, 65535) if n in hidden else entry for n, entry in entries.items()}
        start = len(out)
        out += table(shown) + b"trailer\n<</Size %d%s>>\n" % (size + 1, more)
        more = b"/Root %d 0 R%s/Prev %d/XRefStm %d" % (root, trailer, start, hidden_at)
        start = len(out)
        out += b"xref\n0 0\ntrailer\n<</Size %d%s>>\n" % (size + 1, more)
    else:
        entries[size] = (AT, start, 0)
        out += xref_stream(size, entries, size + 1, more, start, **xref)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)


def last_startxref(data: bytes) -> int:
    """The number behind the last ``startxref``."""
    return int(data[data.rindex(b"startxref") + 9 :].split()[0])


def _size_of(data: bytes) -> int:
    at = data.rfind(b"/Size ")
    return int(data[at + 6 :].split(b"/")[0].split(b">")[0]) if at > 0 else 0


def runs(numbers: list[int]) -> Iterator[list[int]]:
    """Neighbouring numbers together."""
    run: list[int] = []
    for number in sorted(numbers):
        if run and number != run[-1] + 1:
            yield run
            run = []
        run.append(number)
    if run:
        yield run


def table(entries: Mapping[int, Entry], end: bytes = b" \n") -> bytes:
    """A cross-reference table in as many subsections as it takes; ``end`` ends each row."""
    out = b"xref\n"
    for run in runs(list(entries)):
        out += b"%d %d\n" % (run[0], len(run))
        for number in run:
            kind, offset, generation = entries[number]
            out += b"%010d %05d %s%s" % (offset, generation, b"n" if kind == AT else b"f", end)
    return out


def object_stream(objects: Objects, entries: bytes = b"") -> bytes:
    """An object stream's body (7.5.7)."""
    pairs, body = [], b""
    for number, text in objects.items():
        pairs.append(b"%d %d" % (number, len(body)))
        body += text + b"\n"
    head = b" ".join(pairs) + b"\n"
    entries += b"/Type/ObjStm/N %d/First %d" % (len(pairs), len(head))
    return builders.stream(head + body, entries, compress=True)


def xref_stream(
    number: int,
    entries: Mapping[int, Entry],
    size: int,
    more: bytes,
    start: int,
    *,
    widths: tuple[int, int, int] = (1, 4, 2),
    predictor: int = 0,
    index: bool = True,
) -> bytes:
    """A cross-reference stream as an object (7.5.8).

    ``predictor``: 0, or 10 to 15 for PNG's rows, of which 15 uses each filter in turn. Without
    ``index`` there is a row for every object up to ``size``, and no ``/Index``.
    """
    if not index:
        entries = {each: (FREE, 0, 65535) for each in range(size)} | dict(entries)
    rows = [
        b"".join(
            value.to_bytes(width, "big")
            for value, width in zip(entries[each], widths, strict=True)
            if width
        )
        for each in sorted(entries)
    ]
    how = b"/Type/XRef/Size %d/W[%d %d %d]%s" % (size, *widths, more)
    if index:
        pairs = b" ".join(b"%d %d" % (run[0], len(run)) for run in runs(list(entries)))
        how += b"/Index[%s]" % pairs
    if predictor:
        columns = sum(widths)
        how += b"/DecodeParms<</Predictor %d/Columns %d>>" % (predictor, columns)
        data = png_rows(rows, predictor - 10, columns)
    else:
        data = b"".join(rows)
    return b"%d 0 obj\n%s\nendobj\n" % (number, builders.stream(data, how, compress=True))


def png_rows(rows: list[bytes], filtering: int, columns: int) -> bytes:
    """Rows as PNG writes them (RFC 2083, clause 6); 5 takes each filter in turn."""
    out, above = b"", bytes(columns)
    for number, row in enumerate(rows):
        kind = number % 5 if filtering == 5 else filtering
        before = b"\0" + row[:-1]
        corner = b"\0" + above[:-1]
        guesses = {
            0: bytes(columns),
            1: before,
            2: above,
            3: bytes((a + b) // 2 for a, b in zip(before, above, strict=True)),
            4: bytes(map(_paeth, before, above, corner)),
        }[kind]
        out += bytes([kind]) + bytes((r - g) & 255 for r, g in zip(row, guesses, strict=True))
        above = row
    return out


def _paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    return min((left, above, corner), key=lambda value: abs(guess - value))


def deflated(data: bytes) -> bytes:
    """What ``FlateDecode`` inflates."""
    return zlib.compress(data)
