"""Money as staff see it; one file a subject."""

from billing.admin import invoices, ledger, limits, mails, payments, plans, tenants

__all__ = ["invoices", "ledger", "limits", "mails", "payments", "plans", "tenants"]
