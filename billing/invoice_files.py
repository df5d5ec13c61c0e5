"""Invoices as files to keep: what the API and the pages send."""

from __future__ import annotations

import hashlib
import re

from django.http import HttpResponse

from billing.models import Invoice
from billing.services.drawing import draw_invoice
from config import __version__


def invoice_etag(invoice: Invoice) -> str:
    """Return the ETag of a file: of a document that never changes, by the program that draws it."""
    return f'"{hashlib.sha256(f"{invoice.pk} {__version__}".encode()).hexdigest()[:32]}"'


def invoice_file(invoice: Invoice) -> HttpResponse:
    """Answer with a document as a PDF file."""
    name = re.sub(r"[^\w.-]", "-", invoice.number, flags=re.ASCII)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.pdf"',
        "ETag": invoice_etag(invoice),
        "Cache-Control": "private, no-cache",
    }
    return HttpResponse(draw_invoice(invoice), content_type="application/pdf", headers=headers)
