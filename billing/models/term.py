"""Terms that cost something, as they were begun: what invoices are made of."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from accounts.models import Tenant
from billing.models.plan import Interval, Plan


class Term(models.Model):
    """A month or year of a plan at the price that it had as the term began.

    ``cut_at``: when another plan took its place; what is left of it is credited. ``settled_at``
    and ``cut_settled_at``: when the closing of periods has seen to the beginning and to the cut.
    ``is_billed``: whether it stands on an invoice; nothing does while nobody is named as seller.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+")
    interval = models.CharField(max_length=8, choices=Interval.choices)
    currency = models.CharField(max_length=3)
    price = models.PositiveBigIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    cut_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    cut_settled_at = models.DateTimeField(null=True, blank=True)
    is_billed = models.BooleanField(default=False)

    class Meta:
        ordering = ("-starts_at", "id")
        indexes = [
            models.Index(
                fields=["starts_at"], condition=Q(settled_at__isnull=True), name="term_to_bill"
            ),
            models.Index(
                fields=["cut_at"],
                condition=Q(cut_at__isnull=False, cut_settled_at__isnull=True),
                name="term_to_credit",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="term_of_tenant"),
            models.UniqueConstraint(fields=["tenant", "starts_at"], name="term_once"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at"))
                & (Q(cut_at__isnull=True) | Q(cut_at__gte=F("starts_at"), cut_at__lt=F("ends_at"))),
                name="term_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} ({self.interval}) from {self.starts_at:%Y-%m-%d}"
