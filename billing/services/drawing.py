"""Invoices as PDF files: the words are this room's, drawing them is that of the room above.

Drawn when asked for. The same document gives the same bytes, since everything that stands on it was
written down as it was issued.
"""

from __future__ import annotations

from collections.abc import Callable

from billing.models import Invoice

Drawer = Callable[[Invoice], bytes]
_drawer: list[Drawer] = []


def follow_drawer(draw: Drawer) -> None:
    """Let ``draw`` make the files, for the room above this one, which says so as it starts."""
    _drawer[:] = [draw]


def draw_invoice(invoice: Invoice) -> bytes:
    """Return a document as a PDF file; raises LookupError where no room can draw."""
    if not _drawer:
        raise LookupError("No room has said how invoices are drawn.")
    return _drawer[0](invoice)
