"""What further pages cost, on its way to a payment provider."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from accounts.models import Tenant
from billing.models.quota import Quota


class MeterReport(models.Model):
    """So much more was spent on a month's further pages, in minor units: one link of a chain.

    A month's reports follow one another from nothing to what it has cost, each named by its two
    ends: the same money has the same name, however often and by whomever it is reported.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    quota = models.ForeignKey(
        Quota, on_delete=models.CASCADE, related_name="meter_reports", db_constraint=False
    )
    spent_before = models.PositiveBigIntegerField()
    spent_after = models.PositiveBigIntegerField()
    created_at = models.DateTimeField()
    # When the provider shall say that it was spent.
    counts_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    first_tried_at = models.DateTimeField(null=True, blank=True)
    try_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("-created_at", "id")
        indexes = [
            models.Index(
                fields=["try_at"], condition=Q(try_at__isnull=False), name="meter_report_due"
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["quota", "spent_before"], name="meter_report_once"),
            models.CheckConstraint(
                condition=Q(spent_after__gt=F("spent_before")), name="meter_report_is_more"
            ),
            models.CheckConstraint(
                condition=Q(try_at__isnull=True)
                | (Q(sent_at__isnull=True) & Q(failed_at__isnull=True)),
                name="meter_report_ended_is_left_alone",
            ),
        ]

    def __str__(self) -> str:
        return self.identifier

    @property
    def amount(self) -> int:
        """What is reported, in minor units."""
        return self.spent_after - self.spent_before

    @property
    def identifier(self) -> str:
        """The name by which the provider knows it again."""
        return f"{self.quota_id}:{self.spent_before}-{self.spent_after}"
