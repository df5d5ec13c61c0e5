"""Plans: what can be subscribed to, at what price, with which limits."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

# A tenant's columns that a plan sets, and staff can override (services/limits.py).
LIMITS = (
    "max_file_bytes",
    "max_pages",
    "max_concurrent_uploads",
    "requests_per_minute",
    "uploads_per_minute",
    "monthly_documents",
    "monthly_pages",
    "monthly_bytes",
    "max_retention_days",
)
NEVER_EMPTY = frozenset(
    {"max_file_bytes", "max_pages", "max_concurrent_uploads", "max_retention_days"}
)


class Interval(models.TextChoices):
    """How long a term is that has one price."""

    MONTHLY = "monthly", "Monthly"
    YEARLY = "yearly", "Yearly"


class Plan(models.Model):
    """One plan. Prices are in minor units (cents) without tax; no price: ask us.

    ``included_pages`` come with each month. Further pages cost ``page_price`` for a thousand; in a
    plan that sells none (no price) the included pages are the limit.
    """

    code = models.SlugField(max_length=32, primary_key=True)
    name = models.CharField(max_length=60)
    description = models.CharField(max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(default=0, help_text="Cheaper plans come first.")
    is_offered = models.BooleanField(default=True, help_text="Whether tenants may choose it.")
    currency = models.CharField(max_length=3, default="EUR")
    monthly_price = models.PositiveIntegerField(null=True, blank=True)
    yearly_price = models.PositiveIntegerField(null=True, blank=True)
    trial_days = models.PositiveSmallIntegerField(default=0)
    included_pages = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="Each month; empty: any number."
    )
    page_price = models.PositiveIntegerField(
        null=True, blank=True, help_text="Of 1,000 further pages; empty: none are sold."
    )
    features = models.JSONField(default=list, blank=True, help_text="Sentences for people.")

    max_file_bytes = models.PositiveBigIntegerField()
    max_pages = models.PositiveIntegerField(default=20_000)
    max_concurrent_uploads = models.PositiveSmallIntegerField(default=32)
    requests_per_minute = models.PositiveIntegerField(null=True, blank=True)
    uploads_per_minute = models.PositiveIntegerField(null=True, blank=True)
    monthly_documents = models.PositiveBigIntegerField(null=True, blank=True)
    monthly_bytes = models.PositiveBigIntegerField(null=True, blank=True)
    max_retention_days = models.PositiveIntegerField(default=30)

    class Meta:
        ordering = ("position", "code")
        constraints = [
            models.CheckConstraint(
                condition=Q(currency__regex="^[A-Z]{3}$"), name="plan_currency_is_a_code"
            ),
            models.CheckConstraint(
                condition=Q(max_file_bytes__gt=0)
                & Q(max_pages__gt=0)
                & Q(max_concurrent_uploads__gt=0)
                & Q(max_retention_days__gt=0),
                name="plan_limits_positive",
            ),
            models.CheckConstraint(
                condition=Q(page_price__isnull=True) | Q(included_pages__isnull=False),
                name="plan_sells_beyond_a_number",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def monthly_pages(self) -> int | None:
        """The pages at which a month ends; None where further ones are sold, or none counted."""
        return None if self.page_price is not None else self.included_pages

    def price(self, interval: str) -> int | None:
        """Return the price of a term, in minor units; None where it is not sold by itself."""
        return self.yearly_price if interval == Interval.YEARLY else self.monthly_price

    def limits(self) -> dict[str, Any]:
        """Return the columns of a tenant of this plan."""
        return {name: getattr(self, name) for name in LIMITS}
