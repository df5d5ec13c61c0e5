"""What a page's content leaves behind, so that a mark after it starts from a clean state.

Content may save the graphics state without restoring it, or end inside a text object or marked
content; viewers bear that, but a mark drawn next would inherit its transformation or be hidden
with it. Reading which operators stand open is enough to close them (ISO 32000-2, 8.4.2, 14.6).
"""

from __future__ import annotations

import re

from ..record import Record

WHITE = b"\x00\t\n\x0c\r "
IMAGE_BEGINS = re.compile(rb"(?<![^" + WHITE + rb"\]>)}])BI(?=[" + WHITE + rb"]*+/)")
IMAGE_DATA = re.compile(rb"[" + WHITE + rb"]ID[" + WHITE + rb"]")
IMAGE_ENDS = re.compile(rb"[" + WHITE + rb"]EI(?![^" + WHITE + rb"])")
STRING = rb"\((?:[^()\\]++|\\.|\((?:[^()\\]++|\\.|\((?:[^()\\]++|\\.)*+\))*+\))*+\)"
# Strings, comments and names are passed over; the groups are operators, brackets and a string
# that does not end. Possessive, so that hostile content costs no more than its length. Compiled
# where it is needed, which is seldom: that takes half a millisecond.
OPERATORS = (
    STRING + rb"|<[0-9A-Fa-f" + WHITE + rb"]*+>"
    rb"|%[^\r\n]*+"
    rb"|/[^" + WHITE + rb"()<>\[\]{}/%]*+"
    rb"|(?<![^" + WHITE + rb"\]>)}])(q|Q|BT|ET|BMC|BDC|EMC)(?![^" + WHITE + rb"\[<({/%])"
    rb"|(\[|\]|<<|>>)"
    rb"|(\()"
)
BRACKETS = ((b"(", b")"), (b"[", b"]"), (b"<", b">"))
# Saved twice where once would do: that absorbs most of what a page leaves open that nobody read.
SPARE = 2
GLUED_SAVE = re.compile(rb"q[/\[(<%]")


class Balance(Record):
    """What stands open at the end of content.

    ``unopened`` counts the ``Q`` that had no ``q`` before them, ``unclosed`` the ``q`` without a
    ``Q`` after them. ``is_torn``: the content ends inside a string, an array, a dictionary or an
    inline image, so that nothing after it would be read as operators.
    """

    __slots__ = ("has_open_text", "is_torn", "open_marked_content", "unclosed", "unopened")
    unopened: int
    unclosed: int
    has_open_text: bool
    open_marked_content: int
    is_torn: bool

    def __init__(
        self,
        unopened: int = 0,
        unclosed: int = 0,
        has_open_text: bool = False,
        open_marked_content: int = 0,
        is_torn: bool = False,
    ) -> None:
        self._set(
            unopened=unopened,
            unclosed=unclosed,
            has_open_text=has_open_text,
            open_marked_content=open_marked_content,
            is_torn=is_torn,
        )

    @property
    def opening(self) -> bytes:
        """What to write before the content."""
        return b"q " * (self.unopened + SPARE) + b"\n"

    @property
    def closing(self) -> bytes:
        """What to write after the content to be back where the page began."""
        text = b"ET " if self.has_open_text else b""
        marked = b"EMC " * self.open_marked_content
        return b"\n" + text + marked + b"Q " * (self.unclosed + SPARE) + b"\n"


BALANCED = Balance()


def balance_of(content: bytes) -> Balance:
    """The balance of decoded content, in a time linear in its length."""
    if _is_plainly_balanced(content):
        return BALANCED
    bare, is_torn = without_inline_images(content)
    scan = _Scan()
    for found in re.finditer(OPERATORS, bare, re.DOTALL):
        operator, bracket, unclosed_string = found.groups()
        if operator:
            scan.take(operator)
        elif bracket:
            scan.nesting = max(0, scan.nesting + (1 if bracket in (b"[", b"<<") else -1))
        elif unclosed_string:
            is_torn = True
            break  # all that follows is in the string
    return Balance(
        unopened=-scan.lowest,
        unclosed=scan.depth - scan.lowest,
        has_open_text=scan.in_text,
        open_marked_content=scan.marked,
        is_torn=is_torn or scan.nesting > 0,
    )


class _Scan:
    __slots__ = ("depth", "in_text", "lowest", "marked", "nesting")

    def __init__(self) -> None:
        self.depth = self.lowest = self.marked = self.nesting = 0
        self.in_text = False

    def take(self, operator: bytes) -> None:
        """Count one operator."""
        if operator == b"q":
            self.depth += 1
        elif operator == b"Q":
            self.depth -= 1
            self.lowest = min(self.lowest, self.depth)
        elif operator in (b"BT", b"ET"):
            self.in_text = operator == b"BT"
        elif operator == b"EMC":
            self.marked = max(0, self.marked - 1)
        else:
            self.marked += 1


def without_inline_images(content: bytes) -> tuple[bytes, bool]:
    """The content without inline images (8.9.7), whose data would read as operators.

    Also whether it ends within one.
    """
    kept, position, is_torn = [], 0, False
    while image := IMAGE_BEGINS.search(content, position):
        data = IMAGE_DATA.search(content, image.end())
        end = IMAGE_ENDS.search(content, data.end() - 1) if data else None
        kept.append(content[position : image.start()])
        position = end.end() if end else len(content)
        is_torn = end is None
    return b" ".join([*kept, content[position:]]), is_torn


def _is_plainly_balanced(content: bytes) -> bool:
    """True only for content whose separate words pair up and never close before they open.

    Most content is like that, and seeing it costs a fraction of reading the operators.
    """
    if GLUED_SAVE.search(content):
        return False
    if b"BI" in content and IMAGE_BEGINS.search(content):
        return False
    count = content.count
    if any(count(opening) != count(closing) for opening, closing in BRACKETS):
        return False
    if count(b"BMC") + count(b"BDC") != count(b"EMC"):
        return False
    if len(_alone(content, b"BT")) != len(_alone(content, b"ET")):
        return False
    saves, restores = _alone(content, b"q"), _alone(content, b"Q")
    # None restores before it saves if each Q comes after the q that has its number.
    return len(saves) == len(restores) and all(map(int.__lt__, saves, restores))


def _alone(content: bytes, word: bytes) -> list[int]:
    """Where a word stands between white space. Searching for bytes is ten times faster than any
    regular expression."""
    found, length, at = [], len(word), content.find(word)
    while at >= 0:
        end = at + length
        if (at == 0 or content[at - 1] in WHITE) and (end == len(content) or content[end] in WHITE):
            found.append(at)
        at = content.find(word, end)
    return found
