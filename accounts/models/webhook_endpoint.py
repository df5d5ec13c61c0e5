"""A webhook endpoint: where a tenant wants to be told of its events."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models.tenant import Tenant
from accounts.models.user import User

if TYPE_CHECKING:
    from accounts.principal import Principal


class WebhookEndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    """Endpoints, always seen by somebody."""

    def visible_to(self, principal: Principal) -> WebhookEndpointQuerySet:
        """Return the endpoints of the principal's tenant that there still are."""
        return self.filter(tenant_id=principal.tenant_id, deleted_at__isnull=True)


class WebhookEndpoint(models.Model):
    """An address, which events it wants, and the secret that signs what it gets.

    ``event_types``: empty for all. Secrets and the value of the extra header are kept sealed
    (accounts/sealing.py). One endpoint of a tenant, of kind ``callback``, has no address of its
    own: it signs and keeps what goes to addresses that single requests have named.
    """

    class Kind(models.TextChoices):
        """Where the address comes from."""

        ENDPOINT = "endpoint"
        CALLBACK = "callback"

    class DisabledReason(models.TextChoices):
        """Why nothing is sent."""

        BY_HAND = "by_hand", "Turned off"
        GONE = "gone", "Answered 410 Gone"
        FAILING = "failing", "Failed for five days"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.ENDPOINT)
    url = models.CharField(max_length=2000, blank=True)
    description = models.CharField(max_length=200, blank=True)
    event_types = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    header_name = models.CharField(max_length=100, blank=True)
    sealed_header = models.TextField(blank=True, editable=False)
    sealed_secret = models.TextField(blank=True, editable=False)
    # After a rotation both sign, until the receiver has the new one.
    sealed_old_secret = models.TextField(blank=True, editable=False)
    old_secret_until = models.DateTimeField(null=True, blank=True, editable=False)

    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_reason = models.CharField(max_length=8, choices=DisabledReason.choices, blank=True)
    # Who must hear of an endpoint that was disabled has been told.
    told_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Failed attempts in a row; from some on nothing is sent until ``paused_until``.
    failures = models.PositiveIntegerField(default=0, editable=False)
    failing_since = models.DateTimeField(null=True, blank=True, editable=False)
    paused_until = models.DateTimeField(null=True, blank=True, editable=False)

    created_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)
    # What it was sent stays for a while, so its row does too.
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = WebhookEndpointQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="webhook_by_tenant"),
            models.Index(
                fields=["failing_since"],
                condition=Q(
                    failing_since__isnull=False, disabled_at__isnull=True, deleted_at__isnull=True
                ),
                name="webhook_failing",
            ),
            models.Index(
                fields=["disabled_at"],
                condition=Q(disabled_reason__in=["gone", "failing"], told_at__isnull=True),
                name="webhook_to_tell",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="webhook_endpoint_of_tenant"),
            models.UniqueConstraint(
                fields=["tenant"],
                condition=Q(kind="callback", deleted_at__isnull=True),
                name="webhook_one_callback",
            ),
            models.CheckConstraint(
                condition=Q(kind="endpoint", url__gt="") | Q(kind="callback", url=""),
                name="webhook_address_of_kind",
            ),
            models.CheckConstraint(
                condition=Q(disabled_at__isnull=True, disabled_reason="")
                | Q(disabled_at__isnull=False, disabled_reason__in=["by_hand", "gone", "failing"]),
                name="webhook_disabled_for_a_reason",
            ),
            # Of a deleted one nothing is left that could sign.
            models.CheckConstraint(
                condition=Q(deleted_at__isnull=True, sealed_secret__gt="")
                | Q(
                    deleted_at__isnull=False,
                    disabled_at__isnull=False,
                    sealed_secret="",
                    sealed_old_secret="",
                    sealed_header="",
                ),
                name="webhook_secret_while_there",
            ),
        ]

    def __str__(self) -> str:
        return self.url or "Addresses of single requests"

    @property
    def is_enabled(self) -> bool:
        """Whether events are sent to it."""
        return self.disabled_at is None
