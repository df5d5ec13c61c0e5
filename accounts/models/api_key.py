"""An API key: what an integrator's program shows instead of a password."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models.tenant import Tenant
from accounts.models.user import User

if TYPE_CHECKING:
    from accounts.principal import Principal


class APIKeyQuerySet(models.QuerySet["APIKey"]):
    """Keys, always seen by somebody."""

    def visible_to(self, principal: Principal) -> APIKeyQuerySet:
        """Return the keys of the principal's tenant."""
        return self.filter(tenant_id=principal.tenant_id)


class APIKey(models.Model):
    """A key ``cm_<environment>_<lookup><secret><checksum>``; only an HMAC of the secret is kept."""

    class Environment(models.TextChoices):
        """Where a key's work counts."""

        LIVE = "live"
        TEST = "test"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="api_keys")
    created_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    name = models.CharField(max_length=120)
    environment = models.CharField(max_length=8, choices=Environment.choices)
    lookup = models.CharField(max_length=16, unique=True, editable=False)
    secret_hmac = models.BinaryField(max_length=32, editable=False)
    scopes = ArrayField(models.CharField(max_length=32))
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Networks (CIDR) from which alone it may be used; none: from anywhere.
    allowed_networks = ArrayField(models.CharField(max_length=43), default=list, blank=True)
    # Constrained together with the tenant (config/database/operations.py).
    replaced_by = models.OneToOneField(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="replaces",
        db_constraint=False,
    )

    objects = APIKeyQuerySet.as_manager()

    class Meta:
        verbose_name = "API key"
        ordering = ("-created_at", "id")
        indexes = [models.Index(fields=["tenant", "-created_at"], name="api_key_by_tenant")]
        constraints = [
            # Rows of the same tenant point at this pair (config/database/operations.py).
            models.UniqueConstraint(fields=["tenant", "id"], name="api_key_of_tenant"),
            models.CheckConstraint(
                condition=Q(environment__in=["live", "test"]), name="api_key_environment_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.display})"

    @property
    def display(self) -> str:
        """The part of the key that may be shown: enough to recognise it, useless to sign in."""
        return f"cm_{self.environment}_{self.lookup}…"
