"""What of an inspection somebody who is about to mark the document should know."""

from __future__ import annotations

from ..outcome import Notice

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..outcome import Inspection

MOSTLY = 0.5


def cautions_of(told: Inspection) -> Iterator[Notice]:
    """The notices that follow, gravest first."""
    if told.signed:
        yield Notice("signed", "The document is signed; a mark makes its signatures invalid.")
    if told.signatures.usage_rights:
        yield Notice("usage_rights", "Rights granted to Adobe Reader are lost with any change.")
    if told.encrypted and "modify_other" not in told.allowed:
        yield Notice("not_to_be_changed", "The document's owner does not permit changing it.")
    if told.pdfa:
        yield Notice("pdfa", f"The document claims to be PDF/A-{told.pdfa}; marks keep to that.")
    if told.pdfx:
        yield Notice("pdfx", f"The document claims to be {told.pdfx}; marks bring RGB colours.")
    if told.active_content:
        yield Notice("active_content", "The document has content that does something by itself.")
    if told.scanned_share >= MOSTLY:
        yield Notice("scanned", "Pages are pictures: a mark under the content would not show.")
    if told.mark_ids:
        yield Notice("already_marked", "The document carries a mark of ours.")
    if told.pages == 0:
        yield Notice("no_pages", "The document has no pages.")
