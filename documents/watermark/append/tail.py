"""One pass over a readable file: all pages marked, the tail written."""

from __future__ import annotations

from ..conformance import mark_rules
from ..errors import Damaged, TooManyPages
from ..marks.making import make_mark
from ..marks.mark import MarkContext
from ..ownership import TAIL_BEGINS, marked_entries, tail_entries
from ..reading.page_tree import PageTree
from ..syntax.unreadable import Unreadable
from .ending import end_tail
from .layers import Layers
from .page_marker import PageMarker, ReadAll
from .resources import NameTaken
from .tail_writer import TailWriter

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..conformance import MarkRules
    from ..outcome import Notice
    from ..reading.pdf_file import PdfFile
    from .request import Request
    from .sealing import Seal

MOST_SALTS = 8
FIRST_WITH_TRANSPARENCY = b"1.4"


class FewerPages(Exception):
    """The page tree has only ``count`` pages, whatever it says: make the tail again for these.

    The tree is left as it is. Viewers find no more in it, and a copy that has fewer pages than the
    document seemed to have would look like a loss.
    """

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count


class WrittenTail:
    """What a pass did: the tail's size in bytes, and what of the file is to be blanked."""

    __slots__ = ("blanks", "notices", "pages", "size")

    def __init__(
        self,
        pages: int,
        size: int,
        notices: tuple[Notice, ...],
        blanks: Sequence[tuple[int, int]],
    ) -> None:
        self.pages = pages
        self.size = size
        self.notices = notices
        self.blanks = blanks


class Tail:
    """A tail by itself: a marked copy is the source, blanked here and there, and this behind it.

    ``data`` goes behind the ``source_bytes`` of the source. ``blanks`` are starts and ends of what
    a sealed copy overwrites in the source (see ``blanked``); none otherwise.
    """

    __slots__ = ("blanks", "data", "notices", "pages", "source_bytes")

    def __init__(self, source_bytes: int, data: bytes, written: WrittenTail) -> None:
        self.source_bytes = source_bytes
        self.data = data
        self.blanks = written.blanks
        self.pages = written.pages
        self.notices = written.notices


def write_tail(
    file: PdfFile,
    request: Request,
    sink: Callable[[bytes], object],
    restart: Callable[[], object],
    *,
    is_original: bool = True,
) -> WrittenTail:
    """Mark every page; the tail goes to ``sink``, which ``restart`` empties.

    ``is_original``: the file's bytes are those of the document as it was given. Raises Unreadable,
    and the errors of ``apply``.
    """
    reads_all, salt, tree = False, 0, PageTree(file)
    while True:
        try:
            return _write(tree, request, sink, salt, reads_all=reads_all, is_original=is_original)
        except ReadAll:
            reads_all = True
        except FewerPages as found:
            tree.count = found.count
        except NameTaken:
            salt += 1
            if salt > MOST_SALTS:
                raise Unreadable("no name is free in the pages' resources") from None
        restart()


def _write(
    tree: PageTree,
    request: Request,
    sink: Callable[[bytes], object],
    salt: int,
    *,
    reads_all: bool,
    is_original: bool,
) -> WrittenTail:
    if tree.count == 0:
        raise Damaged("This document has no pages.")
    file = tree.file
    writer = TailWriter(file, sink, most_bytes=request.limits.max_target_bytes)
    writer.write(TAIL_BEGINS if is_original else b"\n")
    notices = dict.fromkeys(_respected(tree, writer, request))
    rules = mark_rules(file)
    context = _context(request, rules)
    marks = [make_mark(spec, writer, context) for spec in request.spec.marks]
    # Sizes differ between passes over a document, and so the names of their resources.
    salt += file.size
    layers = Layers(request.spec.marks, marks, rules, pages=tree.count, salt=salt)
    marker = PageMarker(
        writer, layers, pages=tree.count, mark_id=request.mark_id, reads_all=reads_all
    )
    _mark_pages(tree, marker, request)
    for mark in marks:
        mark.finish()
    seal = _seal(writer, tree) if request.seals else None
    is_untouched = is_original and not request.seals
    end_tail(writer, tail_entries(request.mark_id, file.size) if is_untouched else {})
    notices |= layers.notices | marker.notices
    blanks = seal.blanks() if seal else ()
    return WrittenTail(tree.count, writer.size, tuple(notices), blanks)


def _respected(tree: PageTree, writer: TailWriter, request: Request) -> tuple[Notice, ...]:
    """What is to be told of signatures and rights; raises Signed where they forbid a mark."""
    is_old = tree.file.version < FIRST_WITH_TRANSPARENCY
    if not is_old and not {b"/Perms", b"/AcroForm"} & tree.catalog.entries.keys():
        return ()
    from .catalog import check_signatures, update_catalog

    return check_signatures(tree, request.spec) + update_catalog(tree, writer)


def _context(request: Request, rules: MarkRules) -> MarkContext:
    return MarkContext(
        variables=request.variables,
        assets=request.assets,
        font_folder=request.font_folder,
        without_transparency=rules.without_transparency,
        device_independent=rules.device_independent,
        entries=marked_entries(request.mark_id),
    )


def _mark_pages(tree: PageTree, marker: PageMarker, request: Request) -> None:
    number, pages, on_page, only = 0, tree.count, request.on_page, request.only_pages
    for number, page in enumerate(tree, start=1):
        if number > pages:
            break
        if number > request.limits.max_pages:
            raise TooManyPages
        if only is None or number in only:
            marker.mark(page, number)
        if on_page:
            on_page(number, pages)
    if 0 < number < pages <= request.limits.max_pages:
        raise FewerPages(number)
    if number != pages:
        raise Unreadable("the page tree has more or fewer pages than it says")


def _seal(writer: TailWriter, tree: PageTree) -> Seal:
    from .sealing import Seal

    if tree.root not in writer.replaced:
        # As it was: what matters is that the one in the file becomes superseded.
        writer.replace(tree.root, tree.file.object_text(tree.root).strip())
    seal = Seal(writer)
    seal.write_survivors()
    return seal
