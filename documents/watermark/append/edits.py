"""Changes to the text of an object, collected first and made at once."""

from __future__ import annotations

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Iterable


class Edit:
    """Replace the bytes from ``start`` to ``end`` by ``text``; nothing, where both are the same."""

    __slots__ = ("end", "start", "text")

    def __init__(self, start: int, end: int, text: bytes) -> None:
        self.start = start
        self.end = end
        self.text = text

    @property
    def is_insertion(self) -> bool:
        return self.start == self.end

    def moved(self, by: int) -> Edit:
        """The same edit in a text that holds this one from the place ``by`` on."""
        return Edit(self.start + by, self.end + by, self.text)


def edited(text: bytes, edits: Iterable[Edit], end: int) -> bytes:
    """The text up to ``end`` with all edits made. They must not overlap."""
    pieces, at = [], 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        pieces += [text[at : edit.start], edit.text]
        at = edit.end
    return b"".join([*pieces, text[at:end]])
