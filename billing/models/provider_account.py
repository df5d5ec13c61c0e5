"""What a payment provider knows a tenant as."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Tenant

if TYPE_CHECKING:
    from accounts.principal import Principal


class ProviderAccountQuerySet(models.QuerySet["ProviderAccount"]):
    """Accounts, always seen by somebody."""

    def visible_to(self, principal: Principal) -> ProviderAccountQuerySet:
        """Return the account of the principal's tenant."""
        return self.filter(tenant_id=principal.tenant_id)


class ProviderAccount(models.Model):
    """A tenant's customer at the provider, and when what it has there is looked at again.

    We make the customer ourselves; whatever arrives from outside names a customer, and this row
    alone says whose that is. ``status`` is the provider's own word for the subscription.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, related_name="provider_account")
    provider = models.CharField(max_length=16)
    customer_id = models.CharField(max_length=255)
    subscription_id = models.CharField(max_length=255, blank=True)
    # The page to pay on that is open, if any: there is one at a time, so that none pays twice.
    checkout_id = models.CharField(max_length=255, blank=True)
    status = models.CharField(max_length=32, blank=True)
    # Which version of the tenant's billing details the provider has.
    details_version = models.PositiveIntegerField(default=0)
    past_due_at = models.DateTimeField(null=True, blank=True)
    look_at = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    looked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ProviderAccountQuerySet.as_manager()

    class Meta:
        ordering = ("created_at", "id")
        indexes = [
            models.Index(
                fields=["look_at"],
                condition=Q(look_at__isnull=False),
                name="provider_account_due",
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "customer_id"], name="provider_customer_of_one_tenant"
            ),
            models.UniqueConstraint(fields=["tenant", "id"], name="provider_account_of_tenant"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} ({self.status or 'no subscription'})"

    @property
    def grace_ends_at(self) -> datetime | None:
        """Until when a plan stays whose payment has failed; None where none has."""
        if self.past_due_at is None:
            return None
        return self.past_due_at + timedelta(days=settings.PAYMENT_GRACE_DAYS)
