"""What a payment provider has told us: the inbox of its webhooks."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class ProviderEvent(models.Model):
    """A signed event, once. It is a hint: what counts is read from the provider afterwards.

    Of its content only ids are kept; nothing of it is ever believed.
    """

    class State(models.TextChoices):
        """What became of it."""

        PENDING = "pending", "Waiting"
        PROCESSED = "processed", "Done"
        IGNORED = "ignored", "Of no customer of ours"
        REFUSED = "refused", "Refused"

    id = models.CharField(max_length=255, primary_key=True)
    provider = models.CharField(max_length=16)
    type = models.CharField(max_length=100)
    object_id = models.CharField(max_length=255, blank=True)
    customer_id = models.CharField(max_length=255, blank=True)
    state = models.CharField(max_length=10, choices=State.choices)
    note = models.CharField(max_length=200, blank=True)
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField()
    processed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-received_at", "id")
        indexes = [
            models.Index(
                fields=["customer_id"], condition=Q(state="pending"), name="provider_event_waiting"
            ),
            models.Index(fields=["-received_at", "id"], name="provider_event_newest"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["pending", "processed", "ignored", "refused"]),
                name="provider_event_state_known",
            )
        ]

    def __str__(self) -> str:
        return f"{self.type} ({self.id})"
