"""billing: what you may use and what it costs."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """The usage ledger; plans and invoices grow here."""

    name = "billing"
