"""A resumable upload: a file on its way, over as many requests as it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from documents.models.document import Document
from documents.models.made import Made

if TYPE_CHECKING:
    from accounts.principal import Principal


class ResumableUploadQuerySet(models.QuerySet["ResumableUpload"]):
    """Uploads, always seen by somebody."""

    def visible_to(self, principal: Principal) -> ResumableUploadQuerySet:
        """Return the uploads of the principal's tenant whose time is not over."""
        return self.filter(tenant_id=principal.tenant_id, expires_at__gt=Now())

    def over(self) -> ResumableUploadQuerySet:
        """Return those whose time is over, by the database's clock."""
        return self.filter(expires_at__lte=Now())


class ResumableUpload(Made):
    """What a client has announced. How much of it has arrived is the size of its file.

    (documents/storage/resumable.py; a count here would be wrong after each crash.)
    """

    file_name = models.CharField(max_length=255)
    title = models.CharField(max_length=255, blank=True)
    # The client's own words, shown to it again.
    metadata = models.TextField(blank=True)
    size_bytes = models.PositiveBigIntegerField()
    #: What became of it.
    document = models.ForeignKey(
        Document,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
    )
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()

    objects = ResumableUploadQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = [
            models.Index(fields=["expires_at"], name="resumable_upload_expiry"),
            models.Index(
                fields=["tenant"], condition=Q(document__isnull=True), name="resumable_upload_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.size_bytes} bytes)"
