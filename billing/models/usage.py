"""The usage ledger: what was consumed, once per thing and metric."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from accounts.models import Tenant
from billing.models.quota import Quota

if TYPE_CHECKING:
    from accounts.principal import Principal

WATERMARK, ADJUSTMENT = "watermark", "adjustment"


class UsageRecordQuerySet(models.QuerySet["UsageRecord"]):
    """The ledger, always seen by somebody."""

    def visible_to(self, principal: Principal) -> UsageRecordQuerySet:
        """Return the ledger of the principal's tenant."""
        return self.filter(tenant_id=principal.tenant_id)


class UsageRecord(models.Model):
    """A quantity of one metric, consumed by ``source`` (``"job:<uuid>"``, never a key).

    Nothing is changed or removed: what was wrong is put right by an adjustment, a row of its own
    with a ``note``.
    """

    class Metric(models.TextChoices):
        """What is counted."""

        DOCUMENTS = "documents"
        PAGES = "pages"
        BYTES = "bytes"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    metric = models.CharField(max_length=16, choices=Metric.choices)
    quantity = models.BigIntegerField()
    operation = models.CharField(max_length=32, default=WATERMARK)
    source = models.CharField(max_length=80)
    # The month that it was charged to: the one in which the work was accepted.
    quota = models.ForeignKey(
        Quota, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    user_id = models.UUIDField(null=True, blank=True)
    api_key_id = models.UUIDField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)
    occurred_at = models.DateTimeField(auto_now_add=True)

    objects = UsageRecordQuerySet.as_manager()

    class Meta:
        ordering = ("-occurred_at", "-id")
        indexes = [
            # Of all tenants, as staff see them.
            models.Index(fields=["-occurred_at", "-id"], name="usage_newest"),
            models.Index(fields=["tenant", "-occurred_at", "-id"], name="usage_newest_by_tenant"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["source", "metric"], name="usage_once"),
            models.CheckConstraint(
                condition=Q(metric__in=["documents", "pages", "bytes"]), name="usage_metric_known"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=0) | (Q(operation="adjustment") & ~Q(note="")),
                name="usage_less_only_by_adjustment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.metric} by {self.source}"
