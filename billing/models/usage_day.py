"""The ledger, added up: what pages and charts read."""

from __future__ import annotations

import uuid

from django.db import models

from accounts.models import Tenant


class UsageDay(models.Model):
    """What one tenant used on one day (UTC) with one operation, by one key or member.

    Written with the ledger's rows, in their statement: there is never a moment at which it lags.
    Adjustments may make a day negative.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, db_index=False, related_name="+")
    day = models.DateField()
    operation = models.CharField(max_length=32)
    api_key_id = models.UUIDField(null=True, blank=True)
    user_id = models.UUIDField(null=True, blank=True)
    documents = models.BigIntegerField(default=0)
    pages = models.BigIntegerField(default=0)
    bytes = models.BigIntegerField(default=0)

    class Meta:
        ordering = ("-day", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "day", "operation", "api_key_id", "user_id"],
                nulls_distinct=False,
                name="usage_day_once",
            )
        ]
        indexes = [models.Index(fields=["day"], name="usage_day_by_day")]

    def __str__(self) -> str:
        return f"{self.day}: {self.pages} pages"
