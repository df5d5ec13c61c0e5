"""What is made by a member or by a program, and belongs to a tenant."""

from __future__ import annotations

import uuid

from django.db import models

from accounts.models import APIKey, Tenant, User


class Made(models.Model):
    """Whose a row is, and who made it.

    What belongs to the tenant is tied by pairs with the tenant's id (``SameTenant`` in the
    migrations), in place of the constraints that Django would make.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    created_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    api_key = models.ForeignKey(
        APIKey,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
    )

    class Meta:
        abstract = True
