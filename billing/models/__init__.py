"""One file a model."""

from billing.models.billing_details import BillingDetails
from billing.models.invoice import (
    Invoice,
    InvoiceCounter,
    InvoiceLine,
    InvoiceMail,
)
from billing.models.key_budget import KeyBudget
from billing.models.limit_override import LimitOverride
from billing.models.meter_report import MeterReport
from billing.models.payment import Payment
from billing.models.plan import Interval, Plan
from billing.models.provider_account import ProviderAccount
from billing.models.provider_event import ProviderEvent
from billing.models.provider_price import ProviderPrice
from billing.models.quota import Quota, Reservation
from billing.models.subscription import Subscription
from billing.models.term import Term
from billing.models.usage import UsageRecord
from billing.models.usage_alert import UsageAlert
from billing.models.usage_day import UsageDay

__all__ = [
    "BillingDetails",
    "Interval",
    "Invoice",
    "InvoiceCounter",
    "InvoiceLine",
    "InvoiceMail",
    "KeyBudget",
    "LimitOverride",
    "MeterReport",
    "Payment",
    "Plan",
    "ProviderAccount",
    "ProviderEvent",
    "ProviderPrice",
    "Quota",
    "Reservation",
    "Subscription",
    "Term",
    "UsageAlert",
    "UsageDay",
    "UsageRecord",
]
