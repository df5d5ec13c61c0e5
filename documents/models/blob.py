"""A blob: the row of one immutable stored object."""

from __future__ import annotations

import uuid

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from accounts.models import Tenant


class Blob(models.Model):
    """Bytes in the blob store under this id, never changed after the row exists.

    Bytes are durable before the row, and on delete the row goes first: a crash in between
    leaves an orphaned object, which the relay collects, never a row without bytes.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64, validators=[RegexValidator(r"^[0-9a-f]{64}$")])
    # Of the bytes, for archives; where it is not known it is found when it is needed first.
    crc32 = models.PositiveBigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            # Rows of the same tenant point at this pair (config/database/operations.py).
            models.UniqueConstraint(fields=["tenant", "id"], name="blob_of_tenant"),
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="blob_sha256_hex"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} ({self.size_bytes} bytes)"
