"""What a document claims to conform to, and what a mark must keep to so that the claim holds.

The claims stand in the XMP metadata of the catalogue (ISO 32000-2, 14.3.2; ISO 19005-1, 6.7.11;
ISO 14289-1, 5). A mark can break PDF/A by transparency (part 1 forbids it; later parts ask for a
blending colour space, which an output intent or the page's group gives), by colours that depend
on a device (6.2.3 there), by fonts that are not embedded and by optional content. Fonts are
always embedded and optional content is never used, so two rules remain.
"""

from __future__ import annotations

import re

from .syntax.lexer import array_items, reference_number
from .syntax.unreadable import Unreadable

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from .reading.pdf_file import PdfFile

MOST_XMP_BYTES = 4 << 20
MOST_OUTPUT_INTENTS = 32
NAMESPACES = {
    "pdfa": b"http://www.aiim.org/pdfa/ns/id/",
    "pdfua": b"http://www.aiim.org/pdfua/ns/id/",
    "pdfx": b"http://www.npes.org/pdfx/ns/id/",
}
OLDER_PDF_X = b"http://ns.adobe.com/pdfx/1.3/"
WITHOUT_TRANSPARENCY = ("PDF/X-1", "PDF/X-3")
UTF_16 = {b"\xfe\xff": "utf-16", b"\xff\xfe": "utf-16", b"\0<": "utf-16-be", b"<\0": "utf-16-le"}


class Claims:
    """What a document says of itself, empty where it says nothing.

    ``pdfa`` is a part and a level such as ``2b``, part 4 may have none; ``pdfua`` a part; ``pdfx``
    a version such as ``PDF/X-4``.
    """

    __slots__ = ("pdfa", "pdfua", "pdfx")

    def __init__(self, pdfa: str = "", pdfua: str = "", pdfx: str = "") -> None:
        self.pdfa = pdfa
        self.pdfua = pdfua
        self.pdfx = pdfx


class MarkRules:
    """What a mark has to keep to.

    ``without_transparency``: colours are mixed with white beforehand. A mark that then covers what
    lies below belongs under the content (``goes_under``) unless it is opaque anyway.
    ``device_independent``: colours must mean the same on every device.
    """

    __slots__ = ("device_independent", "without_transparency")

    def __init__(self, *, without_transparency: bool, device_independent: bool) -> None:
        self.without_transparency = without_transparency
        self.device_independent = device_independent

    def goes_under(self, opacity: float) -> bool:
        """Whether a mark that is to be drawn over the content has to go under it."""
        return self.without_transparency and opacity < 1


FREE = MarkRules(without_transparency=False, device_independent=False)


def rules_for(claims: Claims, *, has_output_intent: bool) -> MarkRules:
    """The rules that follow from claims. ``has_output_intent``: one with a colour profile."""
    if claims.pdfa:
        blends = has_output_intent and claims.pdfa[0] != "1"
        return MarkRules(without_transparency=not blends, device_independent=True)
    if claims.pdfx.startswith(WITHOUT_TRANSPARENCY):
        return MarkRules(without_transparency=True, device_independent=False)
    return FREE


def mark_rules(file: PdfFile) -> MarkRules:
    """The rules for marks on a document; what cannot be read claims nothing."""
    try:
        root = file.dictionary(file.trailer.get(b"/Root"))
        number = reference_number(root.get(b"/Metadata")) if root else None
        if root is None or number is None or file.security is not None:
            return FREE  # what is encrypted conforms to none of these
        claims = claims_in(_stream(file, number))
        if not claims.pdfa and not claims.pdfx:
            return FREE
        return rules_for(claims, has_output_intent=_has_profile(file, root.get(b"/OutputIntents")))
    except Unreadable:
        return FREE


def _stream(file: PdfFile, number: int) -> bytes:
    entries = file.stream_dictionary(number)
    return file.decoded_stream(number, entries, MOST_XMP_BYTES)[0] if entries else b""


def _has_profile(file: PdfFile, text: bytes | None) -> bool:
    """Whether one of the output intents (14.11.5) brings the profile of its colours."""
    listed = file.resolve(text) if text else b""
    if listed[:1] != b"[":
        return False
    for count, item in enumerate(array_items(listed)):
        intent = file.dictionary(item)
        if count > MOST_OUTPUT_INTENTS or intent is None:
            return False
        if intent.get(b"/S") == b"/GTS_PDFA1" and b"/DestOutputProfile" in intent.entries:
            return True
    return False


def claims_in(xmp: bytes) -> Claims:
    """The claims in a packet of XMP, found without parsing XML, which may be hostile."""
    codec = UTF_16.get(xmp[:2])
    if codec:
        xmp = xmp.decode(codec, "replace").encode()
    xmp = xmp[:MOST_XMP_BYTES]
    level = _value(xmp, NAMESPACES["pdfa"], b"conformance").lower()
    part = _value(xmp, NAMESPACES["pdfa"], b"part")
    pdfx = _value(xmp, NAMESPACES["pdfx"], b"GTS_PDFXVersion") or _value(
        xmp, OLDER_PDF_X, b"GTS_PDFXVersion"
    )
    return Claims(
        pdfa=part + (level if level.isalpha() else "") if part.isdigit() else "",
        pdfua=_value(xmp, NAMESPACES["pdfua"], b"part"),
        pdfx=pdfx if pdfx.startswith("PDF/X") else "",
    )


def _value(xmp: bytes, namespace: bytes, name: bytes) -> str:
    """A property's value, written as an attribute or as an element; empty without one."""
    bound = re.search(rb"xmlns:([A-Za-z0-9_.-]{1,64})\s*=\s*[\"']" + re.escape(namespace), xmp)
    if bound is None:
        return ""
    qualified = re.escape(bound[1] + b":" + name)
    found = re.search(qualified + rb"\s*(?:=\s*[\"']|>)\s*([A-Za-z0-9/:. -]{1,64})", xmp)
    return found[1].decode("ascii").strip() if found else ""
