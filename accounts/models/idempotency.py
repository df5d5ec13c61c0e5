"""What work that is asked for with a key came to, so that asking again does nothing again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models.functions import Now

from accounts.models.tenant import Tenant

if TYPE_CHECKING:
    from accounts.principal import Principal


class KeptOutcomeQuerySet(models.QuerySet["KeptOutcome"]):
    """Outcomes, seen by their tenant."""

    def visible_to(self, principal: Principal) -> KeptOutcomeQuerySet:
        """Return the outcomes of the principal's tenant."""
        return self.filter(tenant_id=principal.tenant_id)

    def over(self) -> KeptOutcomeQuerySet:
        """Return those whose time is over, by the database's clock."""
        return self.filter(expires_at__lte=Now())


class KeptOutcome(models.Model):
    """One outcome, written in the transaction of the work itself.

    There is no state: a row means done. While the work runs a lock of the database stands for
    it, which ends with its transaction, however that ends (``accounts.services.idempotency``).
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    lookup = models.BinaryField(max_length=32, editable=False)
    fingerprint = models.BinaryField(max_length=32, editable=False)
    # Answers hold what is shown once: only who has the key can open them.
    sealed = models.BinaryField(editable=False)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()

    objects = KeptOutcomeQuerySet.as_manager()

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=["tenant", "lookup"], name="kept_outcome_once")
        ]
        indexes = [models.Index(fields=["expires_at"], name="kept_outcome_expiry")]

    def __str__(self) -> str:
        return f"{bytes(self.lookup).hex()[:12]} until {self.expires_at}"
