"""Money as staff see it; one file a subject."""

from billing.admin import ledger, limits, plans, tenants

__all__ = ["ledger", "limits", "plans", "tenants"]
