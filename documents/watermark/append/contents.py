"""What a page draws, and what it leaves open for the mark that follows (ISO 32000-2, 7.8.2)."""

from __future__ import annotations

from ..syntax.filters import decoded
from ..syntax.lexer import array_items, reference_number
from ..syntax.unreadable import Unreadable
from ..syntax.values import Name, Verbatim
from .balance import BALANCED, balance_of
from .operands import lacks_operands

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from ..placement.geometry import Box
    from ..reading.pdf_file import PdfFile
    from ..syntax.lexer import DictionarySpans
    from ..syntax.values import Entries, Ref, Value
    from .balance import Balance
    from .tail_writer import TailWriter

CONTENTS = b"/Contents"
# Content beyond this is not read to see what it leaves open: it may be a decompression bomb.
MOST_BYTES = 32 << 20
MOST_STREAMS = 20_000


def content_numbers(file: PdfFile, text: bytes | None) -> list[int]:
    """The numbers of the objects that a ``Contents`` entry names, streams or not."""
    if text is None:
        return []
    number = reference_number(text)
    if number is not None and file.first_sign(number) == b"<<":
        return [number]
    resolved = file.resolve(text)
    if resolved[:1] != b"[":
        return []
    numbers = [reference_number(item) for item in array_items(resolved)]
    if len(numbers) > MOST_STREAMS:
        raise Unreadable("a page has too many streams of content")
    return [number for number in numbers if number is not None]


class Content:
    """A page's content streams and their decoded text, None where they defy decoding."""

    __slots__ = ("is_whole", "streams", "text")

    def __init__(
        self, streams: list[tuple[int, DictionarySpans]], text: bytes | None, is_whole: bool
    ) -> None:
        self.streams = streams
        self.text = text
        self.is_whole = is_whole

    def balance(self) -> Balance | None:
        """What the content leaves open, None where only setting it apart helps."""
        if self.text is None or not self.is_whole:
            return None
        balance = balance_of(self.text) if self.text else BALANCED
        return None if balance.is_torn or lacks_operands(self.text) else balance


def read_content(file: PdfFile, numbers: list[int]) -> Content:
    """The content that these objects hold; what is no stream has nothing to say.

    Content that is too much even where it stands is taken for balanced; what is saved once more
    around it has to do. Raises Unreadable where a stream is not as long as it says.
    """
    streams = [
        (number, entries)
        for number in numbers
        if (entries := file.stream_dictionary(number)) is not None
    ]
    if sum(file.stream_length(entries) for _, entries in streams) > MOST_BYTES:
        return Content(streams, b"", is_whole=True)
    parts, left, is_whole = [], MOST_BYTES, True
    for number, entries in streams:
        raw = file.raw_stream(number, entries)
        try:
            part, whole = decoded(raw, *file.filters(entries), left)
        except Unreadable:
            return Content(streams, None, is_whole=False)
        parts.append(part)
        left -= len(part)
        is_whole = is_whole and whole
    return Content(streams, b"\n".join(parts), is_whole)


def set_apart(
    writer: TailWriter,
    content: Content,
    box: Box,
    resources: bytes,
    sign: Entries,
    form: Ref,
) -> Ref | None:
    """A form that draws the content, so that nothing it leaves open reaches beyond it (8.10).

    ``resources`` is the text of the page's own for ``form``, the form's number; ``sign`` marks it
    as ours. None for several streams that cannot be joined.
    """
    entries: dict[str, Value] = {
        "Type": Name("XObject"),
        "Subtype": Name("Form"),
        "BBox": list(box),
        "Resources": Verbatim(resources),
        **sign,
    }
    if len(content.streams) == 1:
        number, spans = content.streams[0]
        names, parameters = writer.file.filters(spans)
        if names:
            entries["Filter"] = [Name(name[1:].decode("latin-1")) for name in names]
            entries["DecodeParms"] = [Verbatim(text) if text else None for text in parameters]
        return writer.add(entries, writer.file.raw_stream(number, spans), at=form)
    if content.text is None:
        return None
    return writer.add(entries, content.text, at=form)
