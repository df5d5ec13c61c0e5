"""A support session: a member of staff looks at one tenant's pages for a while, and why."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.models.tenant import Tenant
from accounts.models.user import User

LONGEST = timedelta(hours=1)
REASON_LENGTH = 300


class SupportSession(models.Model):
    """Good in one browser, for one person, until ``ends_at`` of the database's clock.

    ``browser`` is a digest of the key of the sign-in that began it: no other sign-in has a part
    in it, not even the same person's.
    """

    class Ending(models.TextChoices):
        """Why it is over."""

        LEFT = "left", "Left"
        TIME = "time", "Time was up"
        STOPPED = "stopped", "Stopped by staff"
        REPLACED = "replaced", "Went elsewhere"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    staff = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=REASON_LENGTH)
    may_change = models.BooleanField(default=False)
    browser = models.CharField(max_length=64, editable=False)
    began_at = models.DateTimeField(db_default=Now(), editable=False)
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ending = models.CharField(max_length=8, choices=Ending.choices, blank=True)

    class Meta:
        ordering = ("-began_at", "-id")
        indexes = [
            models.Index(fields=["-began_at", "-id"], name="support_newest"),
            models.Index(
                fields=["ends_at"], condition=Q(ended_at__isnull=True), name="support_due"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["staff"], condition=Q(ended_at__isnull=True), name="support_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("began_at"), ends_at__lte=F("began_at") + LONGEST),
                name="support_for_an_hour_at_most",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="support_says_why"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ending="")
                | Q(ended_at__isnull=False, ending__in=["left", "time", "stopped", "replaced"]),
                name="support_ended_somehow",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.staff} at {self.tenant}: {self.reason}"
