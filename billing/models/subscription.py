"""Which plan a tenant has, for what term, and what follows."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q

from accounts.models import Tenant
from billing.models.plan import Interval, Plan

if TYPE_CHECKING:
    from accounts.principal import Principal


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    """Subscriptions, always seen by somebody."""

    def visible_to(self, principal: Principal) -> SubscriptionQuerySet:
        """Return the subscription of the principal's tenant."""
        return self.filter(tenant_id=principal.tenant_id)


class Subscription(models.Model):
    """A tenant's plan. A tenant without one has no plan: its limits are what staff set.

    A term is what has one price, a month or a year. Usage months count from the tenant's
    ``period_anchor_at``, which is the beginning of the first term. ``next_plan`` follows at the
    term's end. ``provider`` names who takes the payments for it, and so says what it is; empty: we
    do. Who has not paid in time is restricted to what is free.
    """

    class State(models.TextChoices):
        """Where it stands."""

        TRIALING = "trialing", "Trial"
        ACTIVE = "active", "Active"
        PAST_DUE = "past_due", "Payment due"
        RESTRICTED = "restricted", "Restricted"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, related_name="subscription")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="subscriptions")
    interval = models.CharField(max_length=8, choices=Interval.choices, default=Interval.MONTHLY)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    provider = models.CharField(max_length=16, blank=True, default="")
    term_starts_at = models.DateTimeField()
    # Empty: it costs nothing and goes on for ever.
    term_ends_at = models.DateTimeField(null=True, blank=True)
    next_plan = models.ForeignKey(
        Plan, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    next_interval = models.CharField(max_length=8, choices=Interval.choices, blank=True)
    # A second trial would be a free plan.
    trial_used = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=0)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        ordering = ("created_at", "id")
        indexes = [
            models.Index(
                fields=["term_ends_at"],
                condition=Q(term_ends_at__isnull=False),
                name="subscription_due",
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="subscription_of_tenant"),
            models.CheckConstraint(
                condition=Q(interval__in=Interval.values), name="subscription_interval_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["trialing", "active", "past_due", "restricted"]),
                name="subscription_state_known",
            ),
            models.CheckConstraint(
                condition=Q(term_ends_at__isnull=True) | Q(term_ends_at__gt=F("term_starts_at")),
                name="subscription_term_has_a_length",
            ),
            models.CheckConstraint(
                condition=(Q(next_plan__isnull=True) & Q(next_interval=""))
                | (Q(next_plan__isnull=False) & Q(next_interval__in=Interval.values)),
                name="subscription_next_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} ({self.interval}, {self.state})"
