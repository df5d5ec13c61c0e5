"""Pages that are alike.

The dictionaries of a document's pages mostly differ in a few numbers. Once one has been edited,
its text becomes a pattern and its edited text a template, and each further page that fits costs
one match and one formatting.
"""

from __future__ import annotations

import re

from ..syntax.lexer import REFERENCE

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from ..reading.page_tree import Inherited
    from ..syntax.lexer import DictionarySpans
    from .edits import Edit

DIGITS = re.compile(rb"\d+")
# Entries whose numbers say nothing about how a page looks.
FREE_ENTRIES = (
    b"/Contents",
    b"/Parent",
    b"/Annots",
    b"/StructParents",
    b"/Thumb",
    b"/B",
    b"/LastModified",
    b"/PieceInfo",
    b"/Metadata",
)
# In resources written out in a page: object numbers, and the digits at the end of names.
OBJECT_NUMBER = re.compile(
    rb"(?<![A-Za-z_+\-.#0-9])\d+(?=\s+\d+\s+R)|(?<=[A-Za-z])\d+(?=\s+\d+\s+R)"
)
MOST_VARIABLES = 90  # groups of a regular expression
MOST_SHAPES, MOST_LEARNED = 8, 200
AFTER = rb"[\x00\t\n\x0c\r ]*+"


class Shape:
    """A pattern of pages and the template of their edited text.

    ``contents`` and ``resources`` are the groups that hold these objects' numbers, ``resources``
    0 where the page has none of its own or has them written out.
    """

    __slots__ = ("contents", "inherited", "match", "resources", "shown", "template")

    def __init__(
        self,
        pattern: re.Pattern[bytes],
        template: bytes,
        contents: int,
        resources: int,
        inherited: Inherited,
        shown: tuple[int, ...],
    ) -> None:
        self.match = pattern.fullmatch
        self.template = template
        self.contents = contents
        self.resources = resources
        self.inherited = inherited
        self.shown = shown


class Shapes:
    """The shapes learned so far; the newest is tried first."""

    def __init__(self) -> None:
        self._shapes: list[Shape] = []
        self._learned = 0

    def fitting(
        self, text: bytes, inherited: Inherited, shown: tuple[int, ...]
    ) -> tuple[Shape, tuple[bytes, ...]] | None:
        """The shape of a page and the numbers that are its own."""
        for shape in self._shapes:
            if shape.inherited is inherited and shape.shown == shown:
                match = shape.match(text)
                if match:
                    return shape, match.groups()
        return None

    def learn(
        self,
        spans: DictionarySpans,
        edits: list[Edit],
        inherited: Inherited,
        shown: tuple[int, ...],
    ) -> None:
        """Make a shape of an edited page, if it is of a kind that others can fit."""
        if self._learned >= MOST_LEARNED or not all(edit.is_insertion for edit in edits):
            return
        shape = _shape_of(spans, edits, inherited, shown)
        if shape:
            self._learned += 1
            self._shapes.insert(0, shape)
            del self._shapes[MOST_SHAPES:]


def _shape_of(
    spans: DictionarySpans, edits: list[Edit], inherited: Inherited, shown: tuple[int, ...]
) -> Shape | None:
    variables = _variables(spans)
    if variables is None or len(variables) > MOST_VARIABLES or _forms_stand_elsewhere(spans, edits):
        return None
    text, end = bytes(spans.text[: spans.end]), spans.end
    if any(start < edit.start < stop for start, stop, _ in variables for edit in edits):
        return None
    groups: dict[bytes, int] = {}
    for group, (_, _, key) in enumerate(variables, start=1):
        groups.setdefault(key, group)
    places = [(start, stop) for start, stop, _ in variables]
    return Shape(
        _pattern(text[:end], places),
        _template(text[:end], places, edits),
        groups[b"/Contents"],
        groups.get(b"/Resources", 0),
        inherited,
        shown,
    )


def _forms_stand_elsewhere(spans: DictionarySpans, edits: list[Edit]) -> bool:
    """Whether resources written out in the page only refer to their forms, which then differ."""
    start, end = spans.entries.get(b"/Resources", (0, 0))
    if start == end or REFERENCE.fullmatch(spans.text[start:end]):
        return False
    return not any(start < edit.start < end for edit in edits)


def _variables(spans: DictionarySpans) -> list[tuple[int, int, bytes]] | None:
    """Where numbers stand that may differ, and in which entry; None if the page is no model."""
    text = spans.text
    contents = spans.get(b"/Contents")
    if contents is None or not REFERENCE.fullmatch(contents):
        return None
    found: list[tuple[int, int, bytes]] = []
    for key, (start, end) in spans.entries.items():
        if key == b"/Resources" and not REFERENCE.fullmatch(text[start:end]):
            places = OBJECT_NUMBER.finditer(text, start, end)
            found += [(place.start(), place.end(), b"") for place in places]
        elif key == b"/Resources":
            number = DIGITS.search(text, start)
            found += [(number.start(), number.end(), key)] if number else []
        elif key in FREE_ENTRIES:
            places = DIGITS.finditer(text, start, end)
            found += [(place.start(), place.end(), key) for place in places]
    return sorted(found)


def _pattern(text: bytes, variables: list[tuple[int, int]]) -> re.Pattern[bytes]:
    """A pattern of texts that differ from this one in the variables alone."""
    pattern, at = b"", 0
    for start, stop in variables:
        pattern += re.escape(text[at:start]) + rb"(\d+)"
        at = stop
    return re.compile(pattern + re.escape(text[at:]) + AFTER)


def _template(text: bytes, variables: list[tuple[int, int]], edits: list[Edit]) -> bytes:
    """A format of the edited text with a ``%b`` for each variable."""
    changes = [(start, stop, b"%b") for start, stop in variables]
    changes += [(edit.start, edit.start, edit.text.replace(b"%", b"%%")) for edit in edits]
    pieces, at = [], 0
    # Before a number comes what is inserted at its place, behind it what is inserted at its end.
    for start, stop, piece in sorted(changes, key=lambda change: (change[0], change[1])):
        pieces += [text[at:start].replace(b"%", b"%%"), piece]
        at = stop
    return b"".join([*pieces, text[at:].replace(b"%", b"%%")])


class AlikeResources:
    """Dictionaries of resources that differ in the numbers of the objects that they name."""

    def __init__(self) -> None:
        self._known: list[tuple[re.Pattern[bytes], bytes]] = []
        self._learned = 0

    def edited(self, text: bytes) -> bytes | None:
        """The edited text of a dictionary that is like one before."""
        for pattern, template in self._known:
            match = pattern.fullmatch(text)
            if match:
                return template % match.groups()
        return None

    def learn(self, text: bytes, edits: list[Edit]) -> None:
        """Remember how a dictionary was edited, if all that it needed stands in it."""
        places = [(place.start(), place.end()) for place in OBJECT_NUMBER.finditer(text)]
        is_model = edits and all(edit.is_insertion for edit in edits)
        if not is_model or len(places) > MOST_VARIABLES or self._learned >= MOST_LEARNED:
            return
        self._learned += 1
        self._known.insert(0, (_pattern(text, places), _template(text, places, edits)))
        del self._known[MOST_SHAPES:]
