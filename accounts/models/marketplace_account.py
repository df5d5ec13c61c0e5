"""A customer of a marketplace in front of us, which bills them and sends us their requests."""

from __future__ import annotations

from django.db import models

from accounts.models.api_key import APIKey
from accounts.models.tenant import Tenant


class MarketplaceAccount(models.Model):
    """Which tenant a marketplace's user works in, and what they have subscribed to there.

    The key is what stands for them here, in limits, usage and the audit log. Nobody knows its text.
    """

    user_name = models.CharField(max_length=120, unique=True)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    # Constrained together with the tenant (config/database/operations.py).
    api_key = models.ForeignKey(
        APIKey, on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    subscription = models.CharField(max_length=32, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    subscribed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at", "id")

    def __str__(self) -> str:
        return f"{self.user_name} ({self.subscription or 'no subscription'})"
