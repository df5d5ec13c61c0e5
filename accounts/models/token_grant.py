"""A log-in of a program: what its access and refresh tokens stand for."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models.membership import Membership
from accounts.models.tenant import Tenant

if TYPE_CHECKING:
    from accounts.principal import Principal


class TokenGrantQuerySet(models.QuerySet["TokenGrant"]):
    """Log-ins, always seen by somebody."""

    def visible_to(self, principal: Principal) -> TokenGrantQuerySet:
        """Return the person's own, in the tenant in which they work; a key has none."""
        if principal.user_id is None:
            return self.none()
        return self.filter(tenant_id=principal.tenant_id, membership__user_id=principal.user_id)


class TokenGrant(models.Model):
    """One row for all the tokens of a log-in, since they stop together.

    It stands for a place in a tenant, not for a person alone: who is removed there leaves no
    token behind. Of the refresh tokens only the newest holds; of it a digest is kept.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    # Constrained together with the tenant (config/database/operations.py).
    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, related_name="token_grants", db_constraint=False
    )
    digest = models.CharField(max_length=64, editable=False)
    generation = models.PositiveIntegerField(default=1, editable=False)
    password_mark = models.CharField(max_length=128, editable=False)
    scopes = ArrayField(models.CharField(max_length=32), blank=True, default=list)
    ip = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(editable=False)
    last_used_at = models.DateTimeField(editable=False)
    expires_at = models.DateTimeField(db_index=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    #: The database's clock when this was looked up (services/grants.py).
    asked_at: datetime

    objects = TokenGrantQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "id")
        indexes = [
            models.Index(
                fields=["revoked_at"],
                name="token_grant_revoked",
                condition=models.Q(revoked_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.id} of {self.membership_id}"
