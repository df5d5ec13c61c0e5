"""What one API key may spend."""

from __future__ import annotations

import uuid

from django.db import models

from accounts.models import APIKey, Tenant
from billing.models.quota import Quota


class KeyBudget(models.Model):
    """The cap of a key, in minor units, and the pages it has marked of the month ``quota``.

    A key's spending is its pages at the price of further pages, whether or not the plan's included
    ones would have covered them: that depends on nothing that others do.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    api_key = models.OneToOneField(
        APIKey, on_delete=models.CASCADE, db_constraint=False, related_name="budget"
    )
    cap = models.PositiveBigIntegerField()
    quota = models.ForeignKey(
        Quota, on_delete=models.CASCADE, null=True, db_constraint=False, related_name="+"
    )
    pages = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("created_at", "id")

    def __str__(self) -> str:
        return f"{self.api_key_id}: {self.cap}"
