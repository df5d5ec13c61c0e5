"""Which pages are marked: ``1,3-5,-1,odd``."""

from __future__ import annotations

import re

from ..record import Record
from .rules import Rule, Unfit

WORDS = ("all", "odd", "even", "first", "last")
MOST_CHARACTERS = 200
# A page: from 1 at the front, from -1 at the back, or one of two words.
PAGE = r"-?[1-9][0-9]{0,8}|first|last"


class PageSelection(Record):
    """Pages by number, range and word, parted by commas; a page is in if any part has it.

    A number counts from 1; a negative one from the end, so that ``-1`` is the last page. ``3-5``
    has both its ends, ``2-`` goes on to the last page, and ``first``, ``last`` may be ends too.
    ``text`` is the selection without blanks. Raises Unfit, which names the part that is wrong.
    """

    __slots__ = ("is_all", "ranges", "text", "words")

    text: str
    is_all: bool
    words: frozenset[str]
    ranges: tuple[tuple[int, int], ...]

    def __init__(self, text: str) -> None:
        parts = ["".join(part.split()).lower() for part in text.split(",")]
        words = frozenset(part for part in parts if part in ("odd", "even"))
        others = [part for part in parts if part not in ("all", "odd", "even")]
        self._set(
            text=",".join(parts),
            is_all="all" in parts or len(words) == 2,
            words=words,
            ranges=tuple(map(_range, others)),
        )

    def __str__(self) -> str:
        return self.text

    def includes(self, page: int, pages: int) -> bool:
        """Whether page ``page`` (from 1) of ``pages`` is in."""
        if self.is_all or ("odd" if page % 2 else "even") in self.words:
            return True
        for first, last in self.ranges:
            start = first if first > 0 else pages + 1 + first
            end = last if last > 0 else pages + 1 + last
            if start <= page <= end:
                return True
        return False

    def includes_any(self, pages: int) -> bool:
        """Whether a document of so many pages has one that is in; quick for any number."""
        # A part that has any page has its first one, or the document's.
        ends = {end if end > 0 else pages + 1 + end for part in self.ranges for end in part}
        return any(
            1 <= page <= pages and self.includes(page, pages) for page in (1, 2, pages, *ends)
        )


def _range(part: str) -> tuple[int, int]:
    """The first and the last page of a part."""
    found = re.fullmatch(rf"({PAGE})(?:(-)({PAGE})?)?", part)
    if not found:
        raise _unfit(part, "is no page, no range such as 3-5, and none of " + ", ".join(WORDS))
    first = _page(found[1])
    last = first if not found[2] else _page(found[3] or "last")
    if (first > 0) == (last > 0) and last < first:
        raise _unfit(part, "runs backwards")
    return first, last


def _page(text: str) -> int:
    return {"first": 1, "last": -1}.get(text) or int(text)


def _unfit(part: str, what: str) -> Unfit:
    return Unfit("page_selection", f"Part '{part[:40]}' {what}", part=part[:40])


class PagesRule(Rule):
    """A selection of pages; as JSON its text without blanks."""

    kind = "pages"
    max_length = MOST_CHARACTERS
    _part = rf"\s*(?:all|odd|even|(?:{PAGE})(?:\s*-\s*(?:{PAGE})?)?)\s*"
    pattern = rf"^{_part}(?:,{_part})*$"

    def convert(self, value: object, strings: bool) -> PageSelection:
        if isinstance(value, PageSelection):
            return value
        if not isinstance(value, str):
            raise Unfit("string_type", "Input should be a valid string")
        if len(value) > MOST_CHARACTERS:
            message = f"String should have at most {MOST_CHARACTERS} characters"
            raise Unfit("string_too_long", message, max_length=MOST_CHARACTERS)
        return PageSelection(value)

    def plain(self, value: PageSelection) -> str:
        return value.text
