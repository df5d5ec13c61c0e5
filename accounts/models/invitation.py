"""An invitation: somebody who may join a tenant, once they have read their mail."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now

from accounts.models.membership import Role
from accounts.models.tenant import Tenant
from accounts.models.user import User

if TYPE_CHECKING:
    from accounts.principal import Principal


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Invitations, always seen by somebody."""

    def visible_to(self, principal: Principal) -> InvitationQuerySet:
        """Return the invitations of the principal's tenant."""
        return self.filter(tenant_id=principal.tenant_id)

    def open(self) -> InvitationQuerySet:
        """Return those that nobody has accepted or revoked; their time may be over."""
        return self.filter(accepted_at__isnull=True, revoked_at__isnull=True)

    def working(self) -> InvitationQuerySet:
        """Return those that can still be accepted, by the database's clock."""
        return self.open().filter(expires_at__gt=Now())


class Invitation(models.Model):
    """One mail to one address. Of the text in its link only a digest is kept.

    ``person_id`` is the id that the person will have, if the address belongs to nobody yet: so an
    invitation can be told of before, in the same words whether they have an account or not.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=120, blank=True)
    role = models.CharField(max_length=16, choices=Role.choices)
    person_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    accepted_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "id")
        indexes = [models.Index(fields=["tenant", "-created_at"], name="invitation_by_tenant")]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "email"],
                condition=Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="invitation_open_once",
            ),
            models.CheckConstraint(
                condition=Q(email=Lower("email")), name="invitation_email_lower_case"
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="invitation_role_known"),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True) | Q(revoked_at__isnull=True),
                name="invitation_one_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} as {self.role}"
