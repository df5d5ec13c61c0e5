"""A preset: a mark's settings under a name, for everybody in the tenant."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now

from accounts.models import Tenant, User

if TYPE_CHECKING:
    from accounts.principal import Principal

NAME_MAX = 80


class PresetQuerySet(models.QuerySet["Preset"]):
    """Presets, always seen by somebody."""

    def visible_to(self, principal: Principal) -> PresetQuerySet:
        """Return the presets of the principal's tenant."""
        return self.filter(tenant_id=principal.tenant_id)


class Preset(models.Model):
    """Some fields of a mark. What it leaves open comes from the tenant's default mark.

    ``version`` grows with each change; who changes a preset says which version they have seen
    (documents/services/presets.py). At most one of a tenant is its default.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=NAME_MAX)
    config = models.JSONField(default=dict, blank=True)
    is_default = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    objects = PresetQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="preset_by_tenant"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="preset_of_tenant"),
            models.UniqueConstraint(F("tenant"), Lower("name"), name="preset_name_once"),
            models.UniqueConstraint(
                fields=["tenant"], condition=Q(is_default=True), name="preset_default_once"
            ),
            models.CheckConstraint(condition=Q(version__gt=0), name="preset_version_positive"),
            models.CheckConstraint(condition=~Q(name=""), name="preset_named"),
        ]

    def __str__(self) -> str:
        return self.name
