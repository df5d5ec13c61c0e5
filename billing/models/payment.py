"""Payments: what was paid for an invoice of ours, or of a provider's."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from accounts.models import Tenant
from billing.models.invoice import Invoice

if TYPE_CHECKING:
    from accounts.principal import Principal


class PaymentQuerySet(models.QuerySet["Payment"]):
    """Payments, always seen by somebody."""

    def visible_to(self, principal: Principal) -> PaymentQuerySet:
        """Return the payments of the principal's tenant."""
        return self.filter(tenant_id=principal.tenant_id)


class Payment(models.Model):
    """Money that came in; less than nothing: that went back. ``amount`` in minor units.

    Of an invoice of ours, recorded by staff; or of one of the provider's, which has its number and
    its page there. What was recorded wrong is put right by another row.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    invoice = models.ForeignKey(
        Invoice,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="payments",
        db_constraint=False,
    )
    provider = models.CharField(max_length=16, blank=True)
    reference = models.CharField(
        max_length=255, blank=True, help_text="The bank's words, or the provider's id."
    )
    number = models.CharField(max_length=60, blank=True)
    url = models.URLField(max_length=500, blank=True)
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField(help_text="In minor units (cents); paid back: below nothing.")
    paid_on = models.DateField()
    recorded_by = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="payment_newest_by_tenant")
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "reference"],
                condition=~Q(provider=""),
                name="payment_once_of_a_provider",
            ),
            models.CheckConstraint(
                condition=Q(provider="", invoice__isnull=False)
                | (~Q(provider="") & Q(invoice__isnull=True) & ~Q(reference="")),
                name="payment_of_one_kind_of_invoice",
            ),
            models.CheckConstraint(condition=~Q(amount=0), name="payment_is_something"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} on {self.paid_on}"
