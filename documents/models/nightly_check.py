"""What the nightly look at the invariants has found."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class NightlyCheck(models.Model):
    """One night's look (config/invariants.py): begun by one relay, ended with what was found."""

    night = models.DateField(unique=True)
    began_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)
    # None while it is under way, and when something could not be looked at.
    held = models.BooleanField(null=True, blank=True)
    findings = models.JSONField(default=list)

    class Meta:
        ordering = ("-night",)
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=False) | Q(held__isnull=True),
                name="nightly_check_ended_when_known",
            )
        ]

    def __str__(self) -> str:
        return f"{self.night} ({ {True: 'held', False: 'broken', None: 'unchecked'}[self.held] })"
