"""A document: a file that a tenant has uploaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from documents.formats.kinds import DocumentFormat
from documents.models.blob import Blob
from documents.models.made import Made

if TYPE_CHECKING:
    from accounts.principal import Principal


class DocumentQuerySet(models.QuerySet["Document"]):
    """Documents, always seen by somebody."""

    def visible_to(self, principal: Principal) -> DocumentQuerySet:
        """Return the documents of the principal's tenant that are not deleted."""
        return self.filter(tenant_id=principal.tenant_id, deleted_at__isnull=True)


def _kinds() -> Q:
    """Each format with its media type, and no other pair."""
    kinds = Q()
    for kind in DocumentFormat:
        kinds |= Q(format=kind.value, content_type=kind.media_type)
    return kinds


class Document(Made):
    """An uploaded file and what is known of it."""

    class Format(models.TextChoices):
        """What its bytes are, whatever its name says."""

        PDF = DocumentFormat.PDF.value, DocumentFormat.PDF.label
        DOCX = DocumentFormat.DOCX.value, DocumentFormat.DOCX.label
        TXT = DocumentFormat.TXT.value, DocumentFormat.TXT.label
        PNG = DocumentFormat.PNG.value, DocumentFormat.PNG.label
        JPG = DocumentFormat.JPG.value, DocumentFormat.JPG.label

    title = models.CharField(max_length=255)
    file_name = models.CharField(max_length=255)
    format = models.CharField(
        max_length=8, choices=Format.choices, default=Format.PDF, db_default="pdf"
    )
    content_type = models.CharField(max_length=100)
    page_count = models.PositiveIntegerField(null=True, blank=True)
    # What belongs to the tenant is tied by pairs with the tenant's id (migration 0002), in place of
    # the constraints that Django would make.
    blob = models.OneToOneField(
        Blob, on_delete=models.PROTECT, null=True, related_name="document", db_constraint=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = [
            # Of all tenants, as staff see them.
            models.Index(fields=["-created_at", "-id"], name="document_newest"),
            models.Index(
                fields=["tenant", "-created_at", "-id"],
                condition=Q(deleted_at__isnull=True),
                name="document_by_tenant",
            ),
            models.Index(
                fields=["deleted_at"],
                condition=Q(deleted_at__isnull=False, blob__isnull=False),
                name="document_to_purge",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="document_of_tenant"),
            models.CheckConstraint(
                condition=Q(blob__isnull=False) | Q(deleted_at__isnull=False),
                name="document_has_bytes",
            ),
            models.CheckConstraint(condition=_kinds(), name="document_format_and_type"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def kind(self) -> DocumentFormat:
        """The format, with all that is known of it."""
        return DocumentFormat(self.format)

    @property
    def download_name(self) -> str:
        """What it is called when somebody saves it: by a name that says what it is."""
        return self.kind.named(self.file_name)
