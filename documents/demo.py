"""A document to try the product on, for the demo workspace of a fresh machine."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from accounts.models import Membership
from accounts.principal import ROLE_SCOPES, Principal
from config.upload_form import StagedFile
from documents.models import Document
from documents.services.documents import create_document
from documents.storage import blob_store

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

TITLE = "Sample: service agreement"
FILE_NAME = "service-agreement.pdf"
CLAUSES = (
    "The parties agree on the services described below.",
    "Services are rendered in the period and for the fee that the schedule states.",
    "Each party keeps what it learns from the other to itself, also after the end.",
    "Either party may end this agreement with notice of three months.",
)
PAGES = 3
MARGIN, LINE = 72, 22


def ensure_sample_document(*, owner: Membership) -> None:
    """Give the tenant its sample, unless it has, or had, any document."""
    if Document.objects.filter(tenant_id=owner.tenant_id).exists():
        return
    principal = Principal(
        tenant_id=owner.tenant_id,
        user_id=owner.user_id,
        api_key_id=None,
        role=owner.role,
        scopes=ROLE_SCOPES[owner.role],
        environment="live",
    )
    staged = blob_store().stage()
    try:
        staged.write([sample_pdf()])
        staged.close()
        file = StagedFile(
            staged.path, FILE_NAME, "application/pdf", staged.size_bytes, staged.sha256
        )
        create_document(principal=principal, staged=file, title=TITLE)
    finally:
        staged.discard()


def sample_pdf() -> bytes:
    """Return a short contract on A4 pages."""
    # Imported here: it takes as long as everything else that a second start does.
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    canvas.setTitle(TITLE)
    for number in range(1, PAGES + 1):
        _draw_page(canvas, number, top=A4[1] - MARGIN)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _draw_page(canvas: Canvas, number: int, *, top: float) -> None:
    canvas.setFont("Helvetica-Bold", 18)
    canvas.drawString(MARGIN, top, "Service agreement" if number == 1 else f"Part {number}")
    canvas.setFont("Helvetica", 11)
    for index, clause in enumerate(CLAUSES * 4):
        canvas.drawString(MARGIN, top - 2 * LINE - index * LINE, f"{number}.{index + 1}  {clause}")
    canvas.setFont("Helvetica", 9)
    canvas.drawString(MARGIN, MARGIN / 2, f"Page {number} of {PAGES}")
