"""XML parts of packages, read without anything that reaches beyond them (ECMA-376-2, 6.2.5)."""

from __future__ import annotations

from typing import Any

from lxml import etree

from documents.watermark.errors import Damaged

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
V = "urn:schemas-microsoft-com:vml"
O = "urn:schemas-microsoft-com:office:office"  # noqa: E741 - as Word calls it
RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
CONTENT_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"


def w(name: str) -> str:
    """A name of WordprocessingML."""
    return f"{{{W}}}{name}"


def parsed(data: bytes) -> Any:
    """The root of a part; raises Damaged. Entities are not followed, DTDs not allowed."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Damaged from error
    if root.getroottree().docinfo.doctype:
        raise Damaged("This document declares entities, which no document of its kind may.")
    return root


def written(root: Any) -> bytes:
    """The bytes of a part."""
    data: bytes = etree.tostring(
        root.getroottree(), xml_declaration=True, encoding="UTF-8", standalone=True
    )
    return data
