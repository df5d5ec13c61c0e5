"""Marking pages: each page's dictionary is edited in its text and written anew."""

from __future__ import annotations

from ..outcome import CONTENT_ISOLATED
from ..ownership import isolating_entries, marked_entries
from ..syntax.lexer import array_items, dictionary_at, reference_number
from .balance import BALANCED
from .contents import CONTENTS, content_numbers, read_content, set_apart
from .edits import Edit, edited
from .geometries import Geometries
from .resources import ResourcePatcher, own_resources

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from ..outcome import Notice
    from ..placement.geometry import Box
    from ..reading.page_tree import PageNode
    from ..syntax.lexer import DictionarySpans
    from ..syntax.values import Ref
    from .balance import Balance
    from .layers import Layers, PageDrawing
    from .shapes import AlikeResources, Shapes
    from .tail_writer import TailWriter

WHITE = b"\x00\t\n\x0c\r "
# Of pages that look alike the first ones are read for what they leave open, then every so manieth.
READ_FIRST, READ_EVERY = 16, 128
WORTH_LEARNING_PAGES = 24
MOST_KEPT = 4096
MOST_STREAMS = 256  # of tiles 90 kB each; pages of so many sizes share little


class ReadAll(Exception):
    """A page among those read leaves something open: all of them have to be read."""


class PageMarker:
    """``mark`` each page once; ``notices`` then has what is worth telling.

    ``reads_all``: every page's content is read, not only a sample of those that are alike. Without
    it, a find raises ReadAll, and the tail has to be made again.
    """

    def __init__(
        self, writer: TailWriter, layers: Layers, *, pages: int, mark_id: str, reads_all: bool
    ) -> None:
        self.notices: dict[Notice, None] = {}
        self._writer = writer
        self._file = writer.file
        self._layers = layers
        self._mark_id = mark_id
        self._reads_all = reads_all
        self._geometries = Geometries(writer.file)
        names = b"" if layers.vary else layers.names(1)
        is_worthwhile = pages >= WORTH_LEARNING_PAGES and not layers.vary
        self._shapes: Shapes | None = None
        alike = None
        if is_worthwhile:
            self._shapes, alike = _learners()
        self._patcher = ResourcePatcher(writer, layers.stem, names, alike)
        self._streams: dict[bytes, Ref] = {}
        self._contents: dict[tuple[int, ...], tuple[Balance | None, list[int]]] = {}
        self._done: set[int] = set()

    def mark(self, page: PageNode, number: int) -> None:
        """Draw on the page with this number, counted from 1, what its layers show there."""
        if page.number in self._done:
            return  # it stands in the tree twice
        self._done.add(page.number)
        shown = self._layers.shown(number)
        if shown and not self._mark_alike(page, number, shown):
            self._mark_closely(page, number, shown)

    def _mark_alike(self, page: PageNode, number: int, shown: tuple[int, ...]) -> bool:
        """Mark a page that is like one before; False when it has to be looked at closely."""
        fitting = self._shapes and self._shapes.fitting(page.text, page.inherited, shown)
        if not fitting:
            return False
        shape, numbers = fitting
        contents = int(numbers[shape.contents - 1])
        if self._file.first_sign(contents) != b"<<":
            return False
        if shape.resources and not self._patcher.serve(int(numbers[shape.resources - 1])):
            return False
        if self._is_to_be_read(number) and self._read([contents]) != (BALANCED, [contents]):
            return False
        self._writer.replace_at(page.number, page.location, shape.template % numbers)
        return True

    def _is_to_be_read(self, number: int) -> bool:
        return self._reads_all or number <= READ_FIRST or number % READ_EVERY == 0

    def _mark_closely(self, page: PageNode, number: int, shown: tuple[int, ...]) -> None:
        entries = dictionary_at(page.text)
        geometry, media_box = self._geometries.of(entries, page.inherited)
        drawing = self._layers.drawing(number, shown, geometry)
        numbers = content_numbers(self._file, entries.get(CONTENTS))
        balance, streams = self._read(numbers) if drawing.over else (BALANCED, numbers)
        names = self._layers.names(number) if self._layers.vary else b""
        apart = None
        if balance != BALANCED:
            self._read_all_from(number)
        if balance is None:
            balance = BALANCED
            apart = self._set_apart(page, entries, numbers, media_box)
        before, after = self._around(balance, drawing)
        if apart:
            name = self._layers.stem + b"apart"
            drawn = self._stream(b"%s Do\n" % name)
            edits = _contents_edits(entries, b"%s %s" % (before, _reference(drawn)), after, [])
            names = (names or self._layers.names(number)) + b"%s %s" % (name, _reference(apart))
        else:
            kept = self._kept(entries, numbers, streams)
            edits = _contents_edits(entries, before, after, kept)
        if names:
            edits.append(self._patcher.private_edit(page, entries, names))
        else:
            edits += self._patcher.edits_for(page, entries)
        self._writer.replace_at(page.number, page.location, edited(page.text, edits, entries.end))
        if self._shapes and balance == BALANCED and not names:
            self._shapes.learn(entries, edits, page.inherited, shown)

    def _read_all_from(self, number: int) -> None:
        """Read every page from now on; raises ReadAll where one may have been passed over."""
        if not self._reads_all and number > READ_FIRST:
            raise ReadAll
        self._reads_all = True

    def _read(self, numbers: list[int]) -> tuple[Balance | None, list[int]]:
        """What content leaves open, None where it has to be set apart; and which are streams."""
        key = tuple(numbers)
        if key not in self._contents:
            if len(self._contents) >= MOST_KEPT:
                self._contents.clear()
            content = read_content(self._file, numbers)
            self._contents[key] = content.balance(), [number for number, _ in content.streams]
        return self._contents[key]

    def _set_apart(
        self, page: PageNode, entries: DictionarySpans, numbers: list[int], box: Box
    ) -> Ref | None:
        contents = entries.get(CONTENTS) or b"null"
        sign, form = isolating_entries(self._mark_id, contents), self._writer.reserve()
        resources = own_resources(self._writer, page, entries, form)
        self.notices[CONTENT_ISOLATED] = None
        content = read_content(self._file, numbers)
        return set_apart(self._writer, content, box, resources, sign, form)

    def _kept(
        self, entries: DictionarySpans, numbers: list[int], streams: list[int]
    ) -> list[bytes] | None:
        """The content streams to keep as references; None where the entry's text can stay.

        Some viewers draw nothing of a page one of whose contents is no stream.
        """
        text = entries.get(CONTENTS)
        if text is None or not streams:
            return []
        is_plain = text[:1] == b"[" or reference_number(text) == streams[0]
        if is_plain and streams == numbers and b"null" not in text:
            return None
        resolved, found = self._file.resolve(text), set(streams)
        items = array_items(resolved) if resolved[:1] == b"[" else [text]
        return [item for item in items if reference_number(item) in found]

    def _around(self, balance: Balance, drawing: PageDrawing) -> tuple[bytes, bytes]:
        """References to the streams before and after the page's content."""
        before, after = drawing.under, drawing.over
        if drawing.over:
            before, after = before + balance.opening, balance.closing + after
        return self._drawn(before), self._drawn(after)

    def _drawn(self, content: bytes) -> bytes:
        return _reference(self._stream(content)) if content else b""

    def _stream(self, content: bytes) -> Ref:
        """One stream for equal content."""
        if content not in self._streams:
            if len(self._streams) >= MOST_STREAMS:
                self._streams.clear()
            self._streams[content] = self._writer.add(marked_entries(self._mark_id), content)
        return self._streams[content]


def _learners() -> tuple[Shapes, AlikeResources]:
    from .shapes import AlikeResources, Shapes

    return Shapes(), AlikeResources()


def _reference(ref: Ref) -> bytes:
    return b"%d 0 R" % ref.number


def _contents_edits(
    entries: DictionarySpans, before: bytes, after: bytes, kept: list[bytes] | None
) -> list[Edit]:
    """The edits that put streams before and after a page's content."""
    span = entries.entries.get(CONTENTS)
    if span is None or kept is not None:
        array = b"[%s]" % b" ".join(filter(None, [before, *(kept or []), after]))
        if span is None:
            return [Edit(entries.inner_end, entries.inner_end, b"/Contents" + array)]
        return [Edit(*span, array)]
    start, end = span
    if entries.text[start : start + 1] == b"[":
        return [Edit(start + 1, start + 1, before + b" "), Edit(end - 1, end - 1, b" " + after)]
    return [Edit(start, start, b"[" + before + b" "), Edit(end, end, b" " + after + b"]")]
