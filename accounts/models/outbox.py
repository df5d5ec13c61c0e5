"""Events waiting to leave: written in the transaction of the change that they tell of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models.functions import Now

from accounts.models.tenant import Tenant

if TYPE_CHECKING:
    from accounts.principal import Principal


class OutboxEventQuerySet(models.QuerySet["OutboxEvent"]):
    """Events, always seen by somebody."""

    def visible_to(self, principal: Principal) -> OutboxEventQuerySet:
        """Return the events of the principal's tenant."""
        return self.filter(tenant_id=principal.tenant_id)


class OutboxEvent(models.Model):
    """One fact in the past tense (``job.succeeded``) about one subject (``job:<uuid>``).

    ``public_id`` is its name outside, also the ``webhook-id`` under which it is told.
    ``callback_url``: where a single request wants it told. ``deliveries``: how many were made when
    it was published.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    type = models.CharField(max_length=64)
    subject = models.CharField(max_length=80)
    payload = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64, blank=True)
    public_id = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    callback_url = models.CharField(max_length=2000, blank=True, db_default="")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    published_at = models.DateTimeField(null=True, blank=True)
    deliveries = models.PositiveIntegerField(null=True, blank=True, editable=False)

    objects = OutboxEventQuerySet.as_manager()

    class Meta:
        ordering = ("id",)
        constraints = [
            # A fact happens once; a second finishing of the same job would break this.
            models.UniqueConstraint(fields=["subject", "type"], name="outbox_event_once"),
            models.UniqueConstraint(fields=["tenant", "id"], name="outbox_event_of_tenant"),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=models.Q(published_at__isnull=True),
                name="outbox_unpublished",
            ),
            models.Index(fields=["tenant", "-created_at", "-public_id"], name="outbox_by_tenant"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.subject}"
