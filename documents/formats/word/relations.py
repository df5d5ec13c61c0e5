"""What parts of a package have to do with each other: relationships and content types."""

from __future__ import annotations

import posixpath
from typing import Any
from urllib.parse import unquote

from lxml import etree

from documents.watermark.errors import Damaged, NotADocx

from .package import Package
from .xml import CONTENT_TYPES, RELATIONSHIPS, parsed, written

TYPES = "[Content_Types].xml"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"
SIGNATURES = "/relationships/digital-signature/origin"
MAIN_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
HEADER_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.header+xml"
MOST_HEADERS = 1000


class Relations:
    """The relationships of a part, which may be added to."""

    def __init__(self, package: Package, part: str) -> None:
        folder, name = posixpath.split(part)
        self.name = posixpath.join(folder, "_rels", f"{name}.rels")
        self._folder = folder
        if self.name in package:
            self._root = parsed(package.read(self.name))
        else:
            self._root = parsed(b'<Relationships xmlns="%b"/>' % RELATIONSHIPS.encode())
        self.rows: list[Any] = list(self._root.iter(f"{{{RELATIONSHIPS}}}Relationship"))

    def of_type(self, ending: str) -> list[str]:
        """The parts that relationships of a type lead to."""
        return [
            self._part(row)
            for row in self.rows
            if str(row.get("Type", "")).endswith(ending) and row.get("TargetMode") != "External"
        ]

    def target(self, identity: str) -> str:
        """The part that a relationship leads to; raises Damaged."""
        for row in self.rows:
            if row.get("Id") == identity and row.get("TargetMode") != "External":
                return self._part(row)
        raise Damaged

    def add(self, type: str, name: str) -> str:
        """Lead to a part of the same folder; gives the relationship's id."""
        known = {row.get("Id") for row in self.rows}
        number = len(known) + 1
        while f"rId{number}" in known:
            number += 1
        row: Any = etree.SubElement(self._root, f"{{{RELATIONSHIPS}}}Relationship")
        row.set("Id", f"rId{number}")
        row.set("Type", type)
        row.set("Target", posixpath.relpath(name, self._folder or "."))
        self.rows.append(row)
        return f"rId{number}"

    def written(self) -> bytes:
        """The part that holds them."""
        return written(self._root)

    def _part(self, row: Any) -> str:
        target = unquote(str(row.get("Target", "")))
        return posixpath.normpath(posixpath.join("/", self._folder, target)).lstrip("/")


class ContentTypes:
    """The media types of the parts (ECMA-376-2, 6.2.3.2)."""

    def __init__(self, package: Package) -> None:
        self._root = parsed(package.read(TYPES))

    def of(self, part: str) -> str:
        """The media type of a part, empty where none is told."""
        for row in self._root.iter(f"{{{CONTENT_TYPES}}}Override"):
            if str(row.get("PartName", "")).casefold() == f"/{part}".casefold():
                return str(row.get("ContentType", ""))
        ending = posixpath.splitext(part)[1][1:].casefold()
        for row in self._root.iter(f"{{{CONTENT_TYPES}}}Default"):
            if str(row.get("Extension", "")).casefold() == ending:
                return str(row.get("ContentType", ""))
        return ""

    def add(self, part: str, type: str) -> None:
        """Tell the type of a new part."""
        row: Any = etree.SubElement(self._root, f"{{{CONTENT_TYPES}}}Override")
        row.set("PartName", f"/{part}")
        row.set("ContentType", type)

    def written(self) -> bytes:
        """The part that holds them."""
        return written(self._root)


def main_part(relations: Relations, types: ContentTypes) -> str:
    """The name of the document's main part; raises NotADocx."""
    strict = [row for row in relations.rows if str(row.get("Type", "")).startswith(STRICT)]
    found = relations.of_type(f"{OFFICE}/officeDocument")
    if not found and strict:
        raise NotADocx("Strict Open XML cannot be marked: save it as an ordinary Word document.")
    if len(found) != 1:
        raise NotADocx
    type = types.of(found[0])
    if type != MAIN_TYPE:
        is_macro = "macroEnabled" in type
        raise NotADocx("A document with macros cannot be marked." if is_macro else "")
    return found[0]
