"""Walking the page tree (ISO 32000-2, 7.7.3)."""

from __future__ import annotations

import re

from ..syntax.lexer import REFERENCE, WHITE, dictionary_at, number_of, reference_number
from ..syntax.unreadable import Unreadable

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .pdf_file import PdfFile
    from .sections import Location

COMMENT = re.compile(rb"%[^\r\n]*")
NO_REFERENCE = re.compile(rb"[^\[\]" + WHITE + rb"]")
DEEPEST = 200


class Inherited:
    """What a page has from the nodes above it (7.7.3.4), as text, None where nothing is said.

    ``owner`` is the number of the node that has the resources. Equal ones are the same object.
    """

    __slots__ = ("crop_box", "media_box", "owner", "resources", "rotate")

    def __init__(
        self,
        resources: bytes | None = None,
        owner: int = 0,
        media_box: bytes | None = None,
        crop_box: bytes | None = None,
        rotate: bytes | None = None,
    ) -> None:
        self.resources = resources
        self.owner = owner
        self.media_box = media_box
        self.crop_box = crop_box
        self.rotate = rotate


class PageNode:
    """A page: the number, place and text of its object, and what it inherits."""

    __slots__ = ("inherited", "location", "number", "text")

    def __init__(self, number: int, location: Location, text: bytes, inherited: Inherited) -> None:
        self.number = number
        self.location = location
        self.text = text
        self.inherited = inherited


class PageTree:
    """The pages of a file. ``root`` is the number of the tree's root, ``count`` how many pages it
    tells of."""

    def __init__(self, file: PdfFile) -> None:
        self.file = file
        catalog = file.dictionary(file.trailer.get(b"/Root"))
        if catalog is None:
            raise Unreadable("there is no catalogue")
        self.catalog = catalog
        root = reference_number(catalog.get(b"/Pages"))
        tree = file.dictionary(catalog.get(b"/Pages"))
        if root is None or tree is None:
            raise Unreadable("there is no page tree")
        self.root = root
        self.count = self._count(tree.get(b"/Count"))
        self._equal: dict[tuple[bytes | int | None, ...], Inherited] = {}

    def _count(self, text: bytes | None) -> int:
        count = number_of(self.file.resolve(text)) if text else None
        if count is None or not 0 <= count < 1 << 31:
            raise Unreadable("the page tree has no count")
        return int(count)

    def __iter__(self) -> Iterator[PageNode]:
        """Each page in its order; one that stands in the tree twice comes twice."""
        file, locate, text_at = self.file, self.file.locate, self.file.text_at
        nodes: set[int] = set()
        waiting: list[tuple[Iterator[re.Match[bytes]], Inherited, int]] = []
        kids: Iterator[re.Match[bytes]] = iter(())
        inherited, number = Inherited(), self.root
        while True:
            location = locate(number)
            text = text_at(number, location)
            # Whatever has no kids is a page; some writers leave out or mistake the type.
            entries = dictionary_at(text).texts() if b"/Kids" in text else {}
            if b"/Kids" in entries:
                if any(number == above for *_, above in waiting):
                    kids_below: Iterator[re.Match[bytes]] = iter(())  # viewers leave a loop out
                elif number in nodes or len(waiting) > DEEPEST:
                    raise Unreadable("a node stands in the page tree twice")
                else:
                    kids_below = self._kids(file.resolve(entries[b"/Kids"]))
                nodes.add(number)
                waiting.append((kids, inherited, number))
                inherited = self._inherited(number, entries, inherited)
                kids = kids_below
            elif number == self.root:
                raise Unreadable("the page tree has no kids")
            else:
                yield PageNode(number, location, text, inherited)
            while (kid := next(kids, None)) is None:
                if not waiting:
                    return
                kids, inherited, _ = waiting.pop()
            number = int(kid[1])

    def _kids(self, text: bytes) -> Iterator[re.Match[bytes]]:
        """The references in an array, and but for comments nothing else may be in it."""
        if b"%" in text:
            text = COMMENT.sub(b" ", text)  # were it in a string, the string would be too much
        if text[:1] != b"[" or NO_REFERENCE.search(REFERENCE.sub(b"", text)):
            raise Unreadable("a node of the page tree has kids that are no references")
        return REFERENCE.finditer(text)

    def _inherited(self, number: int, entries: dict[bytes, bytes], above: Inherited) -> Inherited:
        # An entry that is null is none (7.3.7).
        said = {key: text for key, text in entries.items() if text != b"null"}
        key = (
            said.get(b"/Resources", above.resources),
            number if b"/Resources" in said else above.owner,
            said.get(b"/MediaBox", above.media_box),
            said.get(b"/CropBox", above.crop_box),
            said.get(b"/Rotate", above.rotate),
        )
        # A node that says the same as the one above it, but for resources by reference, is equal.
        if reference_number(key[0]) is not None:
            key = (key[0], 0, *key[2:])
        if key not in self._equal:
            self._equal[key] = Inherited(*key)
        return self._equal[key]
