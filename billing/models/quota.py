"""What a tenant has used and promised of its monthly allowance, in one row to be locked."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from accounts.models import Tenant


class Quota(models.Model):
    """One tenant's month (UTC), from ``starts_on``: used, and reserved by work under way.

    Both units stand in one row, so that accepting work locks one thing. The limits themselves are
    the tenant's columns; a change counts at once. Never negative: the database refuses that.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    starts_on = models.DateField()
    documents_used = models.PositiveBigIntegerField(default=0)
    documents_reserved = models.PositiveBigIntegerField(default=0)
    pages_used = models.PositiveBigIntegerField(default=0)
    pages_reserved = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ("-starts_on", "id")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "starts_on"], name="quota_once_a_month"),
            models.UniqueConstraint(fields=["tenant", "id"], name="quota_of_tenant"),
            models.CheckConstraint(
                condition=Q(starts_on__day=1), name="quota_starts_with_the_month"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_on:%Y-%m}: {self.documents_used} documents, {self.pages_used} pages"


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
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("created_at", "id")

    def __str__(self) -> str:
        return f"{self.source}: {self.documents} documents, {self.pages} pages"
