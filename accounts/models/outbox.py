"""Events waiting to leave: written in the transaction of the change that they tell of."""

from __future__ import annotations

from django.db import models

from accounts.models.tenant import Tenant


class OutboxEvent(models.Model):
    """One fact in the past tense (``job.succeeded``) about one subject (``job:<uuid>``)."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    type = models.CharField(max_length=64)
    subject = models.CharField(max_length=80)
    payload = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("id",)
        constraints = [
            # A fact happens once; a second finishing of the same job would break this.
            models.UniqueConstraint(fields=["subject", "type"], name="outbox_event_once")
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=models.Q(published_at__isnull=True),
                name="outbox_unpublished",
            )
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.subject}"
