"""A delivery: one event on its way to one endpoint, and each attempt at it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models.outbox import OutboxEvent
from accounts.models.tenant import Tenant
from accounts.models.webhook_endpoint import WebhookEndpoint

if TYPE_CHECKING:
    from accounts.principal import Principal


class WebhookDeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    """Deliveries, always seen by somebody."""

    def visible_to(self, principal: Principal) -> WebhookDeliveryQuerySet:
        """Return the deliveries of the principal's tenant."""
        return self.filter(tenant_id=principal.tenant_id)


class WebhookDelivery(models.Model):
    """``pending → delivered | exhausted``; the last two never change.

    While an attempt is made the row is leased, as a job is: whoever holds ``lease_token`` may
    write down how it went, until ``lease_until`` of the database's clock; then another sender
    makes it again. ``url`` is empty unless a single request has named the address.
    """

    class State(models.TextChoices):
        """How far it is."""

        PENDING = "pending"
        DELIVERED = "delivered"
        EXHAUSTED = "exhausted"

    class Cause(models.TextChoices):
        """Why it is made."""

        EVENT = "event"
        REPLAY = "replay"
        TEST = "test"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    endpoint = models.ForeignKey(
        WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries", db_constraint=False
    )
    event = models.ForeignKey(
        OutboxEvent, on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    event_type = models.CharField(max_length=64)
    url = models.CharField(max_length=2000, blank=True)
    cause = models.CharField(max_length=8, choices=Cause.choices)
    state = models.CharField(max_length=12, choices=State.choices, default=State.PENDING)

    attempt_count = models.PositiveSmallIntegerField(default=0)
    # Senders that were lost while they held it: no fault of the receiver, but not without end.
    losses = models.PositiveSmallIntegerField(default=0, editable=False)
    due_at = models.DateTimeField(db_default=Now())
    lease_token = models.UUIDField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    # Of the last attempt; each has its own row.
    last_status = models.PositiveSmallIntegerField(null=True, blank=True)
    last_error = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "webhook deliveries"
        ordering = ("-created_at", "-id")
        indexes = [
            # Of all tenants, as staff see them.
            models.Index(fields=["-created_at", "-id"], name="delivery_newest"),
            models.Index(fields=["tenant", "-created_at", "-id"], name="delivery_by_tenant"),
            models.Index(fields=["endpoint", "-created_at", "-id"], name="delivery_by_endpoint"),
            # What is due at all; then whose, endpoint by endpoint.
            models.Index(fields=["due_at"], condition=Q(state="pending"), name="delivery_due"),
            models.Index(
                fields=["endpoint", "due_at", "id"],
                condition=Q(state="pending"),
                name="delivery_due_by_endpoint",
            ),
            models.Index(
                fields=["lease_until"],
                condition=Q(lease_until__isnull=False),
                name="delivery_leased",
            ),
            models.Index(
                fields=["finished_at"],
                condition=Q(finished_at__isnull=False),
                name="delivery_to_forget",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="webhook_delivery_of_tenant"),
            # An event is told to an endpoint once; only a replay tells it again.
            models.UniqueConstraint(
                fields=["event", "endpoint"],
                condition=~Q(cause="replay"),
                name="delivery_once",
            ),
            models.UniqueConstraint(
                fields=["event", "endpoint"],
                condition=Q(state="pending"),
                name="delivery_one_under_way",
            ),
            models.CheckConstraint(
                condition=Q(state="pending", finished_at__isnull=True)
                | Q(state__in=["delivered", "exhausted"], finished_at__isnull=False),
                name="delivery_finished_when_ended",
            ),
            models.CheckConstraint(
                condition=Q(lease_token__isnull=True, lease_until__isnull=True)
                | Q(state="pending", lease_token__isnull=False, lease_until__isnull=False),
                name="delivery_leased_while_pending",
            ),
            models.CheckConstraint(
                condition=~Q(state="delivered") | Q(last_status__range=(200, 299)),
                name="delivery_delivered_by_status",
            ),
            models.CheckConstraint(
                condition=~Q(state="exhausted") | Q(last_error__gt=""),
                name="delivery_exhausted_by_error",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} ({self.state})"


class WebhookAttempt(models.Model):
    """One request of a delivery, and what came back: the delivery log.

    The body was the event's (accounts/webhooks/messages.py writes it the same each time);
    ``request_headers`` has the headers without the values of secret ones.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    delivery = models.ForeignKey(
        WebhookDelivery, on_delete=models.CASCADE, related_name="attempts", db_constraint=False
    )
    number = models.PositiveSmallIntegerField()
    url = models.CharField(max_length=2000)
    request_headers = models.JSONField(default=dict)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    error = models.CharField(max_length=40, blank=True)
    error_detail = models.CharField(max_length=200, blank=True)
    answer = models.TextField(blank=True)
    answer_is_cut = models.BooleanField(default=False)
    milliseconds = models.PositiveIntegerField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ("number",)
        constraints = [
            models.UniqueConstraint(fields=["delivery", "number"], name="attempt_number_once"),
            models.CheckConstraint(
                condition=Q(status__isnull=False) | Q(error__gt=""),
                name="attempt_had_an_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"Attempt {self.number}: {self.status or self.error}"
