"""A document to try the product on, for the demo workspace of a fresh machine."""

from __future__ import annotations

from accounts.models import Membership
from accounts.principal import ROLE_SCOPES, Principal
from config.upload_form import StagedFile
from documents.models import Document
from documents.services.documents import create_document
from documents.services.sample import FILE_NAME, TITLE, sample_pdf
from documents.storage import blob_store


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
