"""Which of a payment provider's prices is which of ours."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from billing.models.plan import Interval, Plan


class ProviderPrice(models.Model):
    """A price at the provider: of a term of a plan or, without a plan, of further pages.

    Prices there never change; what costs something else has a new one. The old ones stay here,
    since who pays them has the plan.
    """

    id = models.CharField(max_length=255, primary_key=True)
    provider = models.CharField(max_length=16)
    plan = models.ForeignKey(
        Plan, on_delete=models.PROTECT, null=True, blank=True, related_name="provider_prices"
    )
    interval = models.CharField(max_length=8, choices=Interval.choices)
    currency = models.CharField(max_length=3)
    amount = models.PositiveIntegerField(help_text="In minor units; of further pages: 1.")
    is_current = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("plan", "interval", "-created_at")
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "plan", "interval"],
                condition=Q(is_current=True, plan__isnull=False),
                name="provider_price_current",
            ),
            models.UniqueConstraint(
                fields=["provider", "currency", "interval"],
                condition=Q(is_current=True, plan__isnull=True),
                name="provider_price_of_pages_current",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id or 'further pages'}, {self.interval} ({self.id})"
