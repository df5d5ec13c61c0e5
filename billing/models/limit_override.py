"""What staff allow a tenant beside its plan."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Tenant
from billing.models.plan import LIMITS, NEVER_EMPTY


class LimitOverride(models.Model):
    """One limit of one tenant, instead of the plan's, until ``expires_at`` or for good."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="limit_overrides")
    limit = models.CharField(max_length=32, choices=[(name, name) for name in LIMITS])
    value = models.PositiveBigIntegerField(null=True, blank=True, help_text="Empty: no limit.")
    reason = models.CharField(max_length=200)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Empty: until ended.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ("-created_at", "id")
        indexes = [
            models.Index(
                fields=["expires_at"],
                condition=Q(ended_at__isnull=True, expires_at__isnull=False),
                name="limit_override_due",
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "limit"],
                condition=Q(ended_at__isnull=True),
                name="limit_override_one_at_a_time",
                violation_error_message="This limit has an override already; end that one first.",
            ),
            models.CheckConstraint(condition=Q(limit__in=LIMITS), name="limit_override_known"),
            models.CheckConstraint(
                condition=~Q(limit__in=sorted(NEVER_EMPTY)) | Q(value__gt=0),
                name="limit_override_has_a_value",
                violation_error_message="This limit needs a number of at least 1.",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="limit_override_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.limit}: {'no limit' if self.value is None else self.value}"
