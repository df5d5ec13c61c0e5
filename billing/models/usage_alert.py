"""Words of warning: so much of a month's allowance is used."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from accounts.models import APIKey, Tenant
from billing.models.quota import Quota

if TYPE_CHECKING:
    from accounts.principal import Principal


class UsageAlertQuerySet(models.QuerySet["UsageAlert"]):
    """Alerts, always seen by somebody."""

    def visible_to(self, principal: Principal) -> UsageAlertQuerySet:
        """Return the alerts of the principal's tenant."""
        return self.filter(tenant_id=principal.tenant_id)


class UsageAlert(models.Model):
    """``percent`` of one limit was reached in one month; said once.

    ``api_key``: whose cap it is, of ``key_spend``.
    """

    class Unit(models.TextChoices):
        """Of what."""

        DOCUMENTS = "documents"
        PAGES = "pages"
        BYTES = "bytes"
        SPEND = "spend", "Spending"
        KEY_SPEND = "key_spend", "Spending of an API key"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    quota = models.ForeignKey(
        Quota, on_delete=models.CASCADE, db_constraint=False, related_name="alerts"
    )
    unit = models.CharField(max_length=10, choices=Unit.choices)
    api_key = models.ForeignKey(
        APIKey, on_delete=models.CASCADE, null=True, db_constraint=False, related_name="+"
    )
    percent = models.PositiveSmallIntegerField()
    limit = models.PositiveBigIntegerField()
    used = models.PositiveBigIntegerField()
    created_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True, blank=True)
    mail_after = models.DateTimeField()

    objects = UsageAlertQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="usage_alert_by_tenant"),
            models.Index(
                fields=["mail_after"],
                condition=Q(mailed_at__isnull=True),
                name="usage_alert_unsent",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["quota", "unit", "percent", "api_key"],
                nulls_distinct=False,
                name="usage_alert_once",
            ),
            models.CheckConstraint(
                condition=Q(unit="key_spend", api_key__isnull=False)
                | (~Q(unit="key_spend") & Q(api_key__isnull=True)),
                name="usage_alert_of_a_key_or_all",
            ),
            models.CheckConstraint(
                condition=Q(percent__in=[50, 80, 100]), name="usage_alert_level"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.percent} % of {self.unit}"

    @property
    def measure(self) -> str:
        """What so much is used of, in words: ``pages``, ``cap of API key “Invoices”``."""
        if self.api_key is None:
            return str(self.get_unit_display()).lower()
        return f"cap of API key “{' '.join(self.api_key.name.split())}”"
