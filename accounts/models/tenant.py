"""A tenant: one customer's walled workspace."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from django.db import models
from django.db.models import Q

MEBIBYTE = 1024 * 1024
# Months that are counted from the first of one are the calendar's.
CALENDAR_MONTHS = datetime(2000, 1, 1, tzinfo=UTC)


class Tenant(models.Model):
    """A workspace. Everything that customers own points to exactly one.

    The limits are plain columns: billing writes them, everybody reads them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    suspended_at = models.DateTimeField(null=True, blank=True)
    # Told to everybody who is turned away.
    suspended_reason = models.CharField(max_length=300, blank=True, db_default="", editable=False)

    max_file_bytes = models.PositiveBigIntegerField(default=512 * MEBIBYTE)
    max_pages = models.PositiveIntegerField(default=20_000)
    max_concurrent_uploads = models.PositiveSmallIntegerField(
        default=32, help_text="For each web process."
    )
    requests_per_minute = models.PositiveIntegerField(
        null=True, blank=True, help_text="Requests to the API with one key; empty: no limit."
    )
    uploads_per_minute = models.PositiveIntegerField(
        null=True, blank=True, help_text="Uploads with one key or by one person; empty: no limit."
    )
    monthly_documents = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="Documents marked in a month; empty: no limit."
    )
    monthly_pages = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="Pages marked in a month; empty: no limit."
    )
    monthly_bytes = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="Bytes of documents marked in a month; empty: no limit."
    )
    # What pages beyond the included ones cost: minor units for a thousand; empty: nothing is sold.
    included_pages = models.PositiveBigIntegerField(null=True, blank=True)
    page_price = models.PositiveIntegerField(null=True, blank=True)
    monthly_spend_cap = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="Most that further pages may cost in a month, in cents."
    )
    period_anchor_at = models.DateTimeField(
        default=CALENDAR_MONTHS, help_text="Months of usage are counted from here."
    )
    retention_days = models.PositiveIntegerField(default=30)
    max_retention_days = models.PositiveIntegerField(
        default=3650, help_text="The most that the workspace may choose."
    )
    default_watermark = models.JSONField(
        default=dict, blank=True, help_text="Fields of a mark, for what requests leave out."
    )
    # The database counts (migration 0017): whoever writes, it grows with what is shown.
    settings_version = models.PositiveIntegerField(
        default=1,
        db_default=1,
        editable=False,
        help_text="Grows with each change of what the workspace's people set.",
    )

    class Meta:
        ordering = ("name", "id")
        permissions = [
            ("suspend_tenant", "Can suspend and resume tenants"),
            ("enter_tenant", "Can look at a tenant's pages in a support session"),
            ("act_in_tenant", "Can change a tenant's things in a support session"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(max_file_bytes__gt=0)
                & Q(max_pages__gt=0)
                & Q(max_concurrent_uploads__gt=0)
                & Q(retention_days__gt=0)
                & Q(max_retention_days__gt=0),
                name="tenant_limits_positive",
                violation_error_message="Every limit must be at least 1.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_suspended(self) -> bool:
        """Whether staff have stopped this tenant from working."""
        return self.suspended_at is not None
