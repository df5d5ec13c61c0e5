"""To whom invoices are addressed."""

from __future__ import annotations

from django.db import models

from accounts.models import Tenant


class BillingDetails(models.Model):
    """What a tenant wants to stand on its invoices from now on; those issued keep what they have.

    ``version`` rises with every change.
    """

    tenant = models.OneToOneField(
        Tenant, on_delete=models.CASCADE, primary_key=True, related_name="billing_details"
    )
    name = models.CharField(max_length=200, blank=True)
    address = models.TextField(max_length=500, blank=True)
    tax_id = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("tenant_id",)
        verbose_name_plural = "billing details"

    def __str__(self) -> str:
        return self.name
