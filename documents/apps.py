"""documents: the work. Uploads, jobs, marking, progress."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from billing.models import Invoice


class DocumentsConfig(AppConfig):
    """Documents, blobs and jobs."""

    name = "documents"

    def ready(self) -> None:
        """Say what a workspace's default mark may be, and how invoices are drawn."""
        from accounts.services.default_marks import follow_mark_rules
        from billing.services.drawing import follow_drawer
        from documents.default_mark import DefaultMarkRules

        follow_mark_rules(DefaultMarkRules())
        follow_drawer(_draw_invoice)


def _draw_invoice(invoice: Invoice) -> bytes:
    # Only where one is drawn: reportlab and the fonts take memory.
    from documents.invoice_pdf import draw_invoice

    return draw_invoice(invoice)
