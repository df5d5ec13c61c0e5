"""The usage ledger: what was consumed, once per thing and metric."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from accounts.models import Tenant
from billing.models.quota import Quota


class UsageRecord(models.Model):
    """A quantity of one metric, consumed by ``source`` (``"job:<uuid>"``, never a key)."""

    class Metric(models.TextChoices):
        """What is counted."""

        DOCUMENTS = "documents"
        PAGES = "pages"
        BYTES = "bytes"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    metric = models.CharField(max_length=16, choices=Metric.choices)
    quantity = models.PositiveBigIntegerField()
    source = models.CharField(max_length=80)
    # The month that it was charged to: the one in which the work was accepted.
    quota = models.ForeignKey(
        Quota, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    user_id = models.UUIDField(null=True, blank=True)
    api_key_id = models.UUIDField(null=True, blank=True)
    occurred_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-occurred_at", "id")
        indexes = [models.Index(fields=["tenant", "metric", "occurred_at"], name="usage_by_tenant")]
        constraints = [
            models.UniqueConstraint(fields=["source", "metric"], name="usage_once"),
            models.CheckConstraint(
                condition=Q(metric__in=["documents", "pages", "bytes"]), name="usage_metric_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.metric} by {self.source}"
