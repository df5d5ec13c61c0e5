"""The end of a tail: a cross-reference section of the file's own kind and the trailer.

ISO 32000-2, 7.5.4, 7.5.5 and 7.5.8.
"""

from __future__ import annotations

import zlib

from ..ownership import PREFIX
from ..reading.cross_reference import STREAMS
from ..reading.sections import PLAIN
from ..syntax.lexer import array_items
from ..syntax.strings import string_bytes
from ..syntax.unreadable import Unreadable
from ..syntax.values import Name, Verbatim, dictionary

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from ..syntax.values import Entries, Value
    from .tail_writer import TailWriter

# An update's trailer carries all entries of the one before it (7.5.6) but those that describe the
# section that they stand in, and our own, which speak of the pass that wrote them.
OF_ITS_SECTION = frozenset(
    b"/Size /Prev /XRefStm /ID /Type /W /Index /Length /Filter /DecodeParms /F /FFilter"
    b" /FDecodeParms /DL".split()
)
OURS = f"/{PREFIX}_".encode()
LARGEST_TABLE_OFFSET = 9_999_999_999  # ten digits


def end_tail(writer: TailWriter, more: Entries) -> None:
    """Write what makes the tail part of the file; ``more`` goes into the trailer."""
    writer.pack_rest()
    writer.flush()
    trailer: dict[str, Value] = {"Prev": writer.file.cross_reference.startxref}
    for key, text in writer.file.trailer.items():
        if key not in OF_ITS_SECTION and not key.startswith(OURS):
            trailer[key[1:].decode(errors="surrogateescape")] = Verbatim(text)
    identifier = _identifier(writer)
    if identifier:
        trailer["ID"] = identifier
    trailer.update(more)
    if writer.file.cross_reference.kind == STREAMS:
        start = _end_with_stream(writer, trailer)
    else:
        start = _end_with_table(writer, trailer)
    writer.write(b"startxref\n%d\n%%%%EOF\n" % start)
    writer.flush()


def _identifier(writer: TailWriter) -> Value:
    """The file's identifier; its second part changes with the contents (14.4)."""
    text = writer.file.trailer.get(b"/ID")
    if text is None:
        return None
    resolve = writer.file.resolve
    parts = [string_bytes(resolve(item)) for item in array_items(resolve(text))]
    if len(parts) != 2:
        raise Unreadable("the file's identifier has not two parts")
    size = (writer.offset % (1 << 32)).to_bytes(4, "big")
    changed = zlib.crc32(parts[1], writer.checksum).to_bytes(4, "big")
    return [parts[0], parts[1][:8] + changed + size]


def _end_with_table(writer: TailWriter, trailer: dict[str, Value]) -> int:
    start = writer.offset
    if start > LARGEST_TABLE_OFFSET:
        raise Unreadable("the file is too large for a table")
    # The head of the list of free objects, with which some readers want every table to begin.
    writer.write(b"xref\n0 1\n0000000000 65535 f \n")
    for first, rows in writer.rows.runs():
        lines = [b"%010d %05d n \n" % (place, detail) for _, place, detail in rows]
        writer.write(b"%d %d\n%b" % (first, len(rows), b"".join(lines)))
    writer.write(b"trailer\n%s\n" % dictionary({"Size": writer.first_unused, **trailer}))
    return start


def _end_with_stream(writer: TailWriter, trailer: dict[str, Value]) -> int:
    start, ref = writer.offset, writer.reserve()
    writer.rows.add(ref.number, PLAIN, start, 0)
    width = max(3, (start.bit_length() + 7) // 8)
    deflater, parts, index = zlib.compressobj(6), [], []
    for first, rows in writer.rows.runs():
        index += [first, len(rows)]
        packed = [
            b"%c%b%b" % (kind, place.to_bytes(width, "big"), detail.to_bytes(2, "big"))
            for kind, place, detail in rows
        ]
        parts.append(deflater.compress(b"".join(packed)))
    data = b"".join([*parts, deflater.flush()])
    entries: dict[str, Value] = {
        "Type": Name("XRef"),
        "Size": writer.first_unused,
        "W": [1, width, 2],
        "Index": Verbatim(b"[%b]" % b" ".join(map(b"%d".__mod__, index))),
        "Filter": Name("FlateDecode"),
        "Length": len(data),
    }
    head = dictionary({**entries, **trailer})
    writer.write(b"%d 0 obj\n%s\nstream\n%s\nendstream\nendobj\n" % (ref.number, head, data))
    return start
