"""Money as staff see it; one file a subject."""

from billing.admin import ledger, limits, payments, plans, tenants

__all__ = ["ledger", "limits", "payments", "plans", "tenants"]
