"""What a tenant has used and promised of its month, in one row to be locked."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from accounts.models import Tenant


class Quota(models.Model):
    """One usage month of one tenant: used, and reserved by work under way.

    All units stand in one row, so that accepting work locks one thing. The limits themselves are
    the tenant's columns; a change counts at once. What further pages cost is written down as the
    month begins, and holds until it ends. Never negative: the database refuses that.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    documents_used = models.PositiveBigIntegerField(default=0)
    documents_reserved = models.PositiveBigIntegerField(default=0)
    pages_used = models.PositiveBigIntegerField(default=0)
    pages_reserved = models.PositiveBigIntegerField(default=0)
    bytes_used = models.PositiveBigIntegerField(default=0)
    bytes_reserved = models.PositiveBigIntegerField(default=0)
    included_pages = models.PositiveBigIntegerField(null=True, blank=True)
    page_price = models.PositiveIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, db_default="EUR")
    # Who bills its further pages; empty: we do.
    provider = models.CharField(max_length=16, blank=True, db_default="")
    # When nothing could be charged to it any more, and what its further pages were billed at; empty
    # where nobody billed them here.
    closed_at = models.DateTimeField(null=True, blank=True)
    billed = models.PositiveBigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ("-starts_at", "id")
        indexes = [
            models.Index(
                fields=["ends_at"], condition=Q(closed_at__isnull=True), name="quota_to_close"
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "starts_at"], name="quota_once_a_month"),
            models.UniqueConstraint(fields=["tenant", "id"], name="quota_of_tenant"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="quota_has_length"
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True)
                | Q(documents_reserved=0, pages_reserved=0, bytes_reserved=0),
                name="quota_closed_holds_nothing",
            ),
        ]

    def __str__(self) -> str:
        return (
            f"{self.starts_at:%Y-%m-%d}: {self.documents_used} documents, {self.pages_used} pages"
        )


class Reservation(models.Model):
    """What ``source`` (``"job:<uuid>"``, never a key) may use; gone with the work's end."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    quota = models.ForeignKey(
        Quota, on_delete=models.CASCADE, related_name="reservations", db_constraint=False
    )
    source = models.CharField(max_length=80, unique=True)
    documents = models.PositiveBigIntegerField()
    pages = models.PositiveBigIntegerField()
    bytes = models.PositiveBigIntegerField(default=0)
    api_key_id = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("created_at", "id")

    def __str__(self) -> str:
        return f"{self.source}: {self.documents} documents, {self.pages} pages"
