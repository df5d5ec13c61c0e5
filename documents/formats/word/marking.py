"""Marking a Word document: a shape in the headers of every section (ECMA-376-1, 17.10)."""

from __future__ import annotations

import math
import posixpath
from typing import Any

from lxml import etree

from documents.watermark.errors import BadSpec, Damaged, Signed, TooLarge
from documents.watermark.outcome import SIGNATURES_BROKEN, Limits, Notice, Result
from documents.watermark.spec import SignaturePolicy, WatermarkLayer, WatermarkSpec

from .options import problems_in_word
from .package import Package
from .relations import (
    HEADER_TYPE,
    MOST_HEADERS,
    OFFICE,
    SIGNATURES,
    TYPES,
    ContentTypes,
    Relations,
    main_part,
)
from .shapes import Line, lines_on, runs_of
from .xml import R, W, parsed, w, written

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import BinaryIO

KINDS = ("default", "first", "even")
LETTER = (612.0, 792.0)
TWIPS = 20.0  # to the point
SHORTEST_SIDE, LONGEST_SIDE = 7.2, 1584.0  # of a page of Word's, in points
CHARACTERS_PER_PAGE = 2000
METHOD = "headers"
BEHIND_TEXT = Notice(
    "mark_behind_text", "In a Word document the mark stands behind the text of the page."
)


def mark_word(
    source: BinaryIO,
    target: BinaryIO,
    spec: WatermarkSpec,
    *,
    variables: Mapping[str, str],
    limits: Limits,
) -> Result:
    """Write the document with the mark in its headers; all else stays as it is, to the byte.

    ``pages`` is reckoned from its text, for only who lays it out can count them. Raises NotADocx,
    Damaged, Encrypted, Signed, TooLarge, UnsupportedText and BadSpec.
    """
    problems = problems_in_word(spec)
    if problems:
        raise BadSpec(problems)
    package = Package(source)
    document = _Document(package)
    notices = document.check_signatures(spec)
    document.mark(spec, variables)
    size = package.write(target, document.changed())
    if size > limits.max_target_bytes:
        raise TooLarge("The marked document would be larger than allowed.")
    if any(mark.layer is WatermarkLayer.OVER for mark in spec.marks):
        notices = (*notices, BEHIND_TEXT)
    return Result(document.pages(), METHOD, size, notices)


class _Document:
    """The parts that marking looks into."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._types = ContentTypes(package)
        self._of_package = Relations(package, "")
        self._name = main_part(self._of_package, self._types)
        self._relations = Relations(package, self._name)
        self._root = parsed(package.read(self._name))
        self._headers: dict[str, Any] = {}
        self._copied: dict[str, bytes] = {}
        # By the header that was shown there (or the kind that is missing) and the size of the
        # page: the part that has the mark.
        self._marked: dict[tuple[str, tuple[float, float]], str] = {}
        self._shown: dict[str, str] = {}
        self._referred: dict[str, str] = {}
        self._identities: dict[str, str] = {}
        self._shapes = 0

    def check_signatures(self, spec: WatermarkSpec) -> tuple[Notice, ...]:
        """Raise Signed, or tell what the mark does to signatures, where there are any."""
        if not self._of_package.of_type(SIGNATURES):
            return ()
        if spec.preserve_signatures is SignaturePolicy.REFUSE:
            raise Signed
        return (SIGNATURES_BROKEN,)

    def mark(self, spec: WatermarkSpec, variables: Mapping[str, str]) -> None:
        """Mark every header that there is, and give the first section those that it lacks.

        A section without a header of its own shows that of the one before (17.10.5).
        """
        for section in self._sections():
            size = _page_size(section)
            lines = lines_on(spec.marks, size, variables)
            own = self._references(section)
            for kind in KINDS:
                if kind in own:
                    shown = self._relations.target(own[kind])
                else:
                    shown = self._shown.get(kind, "")
                key = shown or kind, size  # each kind has a part of its own, as Word writes it
                if key not in self._marked:
                    self._marked[key] = self._marked_header(shown, lines)
                name = self._marked[key]
                self._refer(section, kind, name, own)
                self._shown[kind], self._referred[kind] = shown, name

    def changed(self) -> dict[str, bytes]:
        """The parts that have changed or are new."""
        return {
            TYPES: self._types.written(),
            self._relations.name: self._relations.written(),
            self._name: written(self._root),
            **self._copied,
            **{name: written(root) for name, root in self._headers.items()},
        }

    def pages(self) -> int:
        """How many pages there may be, by the length of the text; one at least."""
        letters = sum(len(each.text or "") for each in self._root.iter(w("t")))
        return max(1, math.ceil(letters / CHARACTERS_PER_PAGE))

    def _sections(self) -> list[Any]:
        """The properties of each section in order; those of a former revision do not count."""
        body = self._root.find(w("body"))
        if self._root.tag != w("document") or body is None:
            raise Damaged
        if body.find(w("sectPr")) is None:
            etree.SubElement(body, w("sectPr"))
        return [
            each
            for each in self._root.iter(w("sectPr"))
            if each.getparent().tag != w("sectPrChange")
        ]

    def _references(self, section: Any) -> dict[str, str]:
        rows = section.findall(w("headerReference"))
        return {row.get(w("type"), "default"): row.get(f"{{{R}}}id", "") for row in rows}

    def _marked_header(self, shown: str, lines: Sequence[Line]) -> str:
        """Mark a header, or an empty one; gives the name of the part that has the mark.

        The first who shows a header has it marked, others of another page size get a copy.
        """
        root = self._original(shown)
        name = shown
        if not shown or shown in self._headers:
            name = self._new_name(shown)
            self._types.add(name, HEADER_TYPE)
            self._copy_relations(shown, name)
        self._headers[name] = root
        paragraph = _first_paragraph(root)
        for run in runs_of(lines, self._shapes + 1):
            paragraph.append(run)
        self._shapes += len(lines)
        return name

    def _original(self, shown: str) -> Any:
        """A header as the document has it."""
        if len(self._headers) >= MOST_HEADERS:
            raise TooLarge("This document has more headers than allowed.")
        if not shown:
            return etree.Element(w("hdr"), nsmap={"w": W, "r": R})
        root = parsed(self._package.read(shown))
        if root.tag != w("hdr"):
            raise Damaged
        return root

    def _new_name(self, shown: str) -> str:
        folder = posixpath.dirname(shown or self._name)
        name = posixpath.join(folder, f"header-countermark-{len(self._headers)}.xml")
        while name in self._package:
            name = name.replace(".xml", "-.xml")
        return name

    def _copy_relations(self, shown: str, name: str) -> None:
        """What a header shows, such as pictures, its copy shows too."""
        if shown and (theirs := Relations(self._package, shown)).rows:
            self._copied[Relations(self._package, name).name] = theirs.written()

    def _refer(self, section: Any, kind: str, name: str, own: Mapping[str, str]) -> None:
        """Have a section show a part, unless it does so already."""
        if kind in own and self._relations.target(own[kind]) == name:
            return
        if kind not in own and self._referred.get(kind) == name:
            return  # as the section before
        identity = self._identities.get(name) or self._relations.add(f"{OFFICE}/header", name)
        self._identities[name] = identity
        for row in section.findall(w("headerReference")):
            if row.get(w("type"), "default") == kind:
                section.remove(row)
        reference: Any = etree.Element(w("headerReference"))
        reference.set(w("type"), kind)
        reference.set(f"{{{R}}}id", identity)
        section.insert(0, reference)


def _page_size(section: Any) -> tuple[float, float]:
    """Width and height in points (17.6.13)."""
    size = section.find(w("pgSz"))
    if size is None:
        return LETTER
    try:
        width, height = (float(size.get(w(name), "nan")) / TWIPS for name in ("w", "h"))
    except ValueError:
        return LETTER
    if not all(SHORTEST_SIDE <= side <= LONGEST_SIDE for side in (width, height)):
        return LETTER
    return width, height


def _first_paragraph(header: Any) -> Any:
    """A paragraph to hold the shape; where there is none, one that takes hardly any room."""
    paragraph = header.find(w("p"))
    if paragraph is not None:
        return paragraph
    paragraph = etree.SubElement(header, w("p"))
    properties = etree.SubElement(paragraph, w("pPr"))
    spacing: Any = etree.SubElement(properties, w("spacing"))
    for name, value in (("before", "0"), ("after", "0"), ("line", "20"), ("lineRule", "exact")):
        spacing.set(w(name), value)
    return paragraph
