"""Who belongs to which tenant, and as what."""

from __future__ import annotations

from django.db import models

from accounts.models.tenant import Tenant
from accounts.models.user import User


class Role(models.TextChoices):
    """What a member may do; ``accounts/principal.py`` maps each to scopes."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    VIEWER = "viewer"
    BILLING = "billing"


class Membership(models.Model):
    """One person's place in one tenant."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.MEMBER)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("created_at", "id")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "user"], name="membership_unique"),
            # Rows of the same tenant point at this pair (config/database/operations.py).
            models.UniqueConstraint(fields=["tenant", "id"], name="membership_of_tenant"),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="membership_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.tenant} ({self.role})"
