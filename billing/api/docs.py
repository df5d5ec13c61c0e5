"""What the OpenAPI document says of each operation beyond what its view declares."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse

from billing.api.serializers import (
    AlertPage,
    PaymentPage,
    PlanChangeForm,
    PlanList,
    PortalOut,
    SpendCapForm,
    SpendCapOut,
    SubscriptionOut,
)
from config.api.lists import AS_CSV, CSV_ANSWER
from config.api.schema import operation

BILLING = "Billing"
CHANGE_REFUSALS = (
    *("malformed_json", "plan_not_offered", "plan_unchanged", "plan_paid_elsewhere"),
    *("change_pending", "term_invoiced", "payment_under_way", "payment_unavailable"),
)
CANCEL_REFUSALS = ("no_subscription", "plan_paid_elsewhere", "payment_unavailable")
PORTAL_REFUSALS = ("plan_paid_elsewhere", "payment_unavailable")
CAP_REFUSALS = ("malformed_json",)

_MEASURE = {"used": 120, "reserved": 3, "limit": None}
_SUBSCRIPTION: dict[str, Any] = {
    "plan": "pro",
    "interval": "monthly",
    "state": "active",
    "term_starts_at": "2026-11-05T09:30:00Z",
    "term_ends_at": "2026-12-05T09:30:00Z",
    "next_plan": None,
    "next_interval": None,
    "checkout_url": None,
    "period": {
        "starts_at": "2026-11-05T09:30:00Z",
        "ends_at": "2026-12-05T09:30:00Z",
        "documents": _MEASURE,
        "pages": {"used": 20_400, "reserved": 12, "limit": None},
        "bytes": {"used": 812_345_678, "reserved": 482_133, "limit": 107_374_182_400},
        "spend": {"used": 60, "reserved": 2, "limit": 5_000},
    },
}
_CAPS = {
    "cap": 5_000,
    "spent": 60,
    "reserved": 2,
    "keys": [
        {
            "api_key_id": "0c6a3f1b-8a52-4c6b-9d0e-3a1f6f0d2b4c",
            "name": "Invoice service",
            "cap": 1_000,
            "spent": 35,
        }
    ],
}
_SUBSCRIBED = {
    200: OpenApiResponse(
        SubscriptionOut, "The subscription.", [OpenApiExample("pro", _SUBSCRIPTION)]
    )
}
_CHECKOUT = "https://checkout.stripe.com/c/pay/cs_live_a1b2c3"
_TO_PAY = {**_SUBSCRIPTION, "plan": "free", "term_ends_at": None, "checkout_url": _CHECKOUT}
_CHANGED = {
    200: OpenApiResponse(
        SubscriptionOut,
        "The subscription.",
        [OpenApiExample("pro", _SUBSCRIPTION), OpenApiExample("to_pay", _TO_PAY)],
    )
}
_PORTAL = OpenApiExample("portal", {"url": "https://billing.stripe.com/p/session/live_YWNjdF8x"})
_CAPPED = {200: OpenApiResponse(SpendCapOut, "The caps.", [OpenApiExample("caps", _CAPS)])}
_PLAN = {
    "code": "free",
    "name": "Free",
    "description": "To try it, and for now and then.",
    "currency": "EUR",
    "monthly_price": 0,
    "yearly_price": None,
    "trial_days": 0,
    "included_pages": 1_000,
    "page_price": None,
    "features": ["Every kind of mark"],
    "limits": {
        "max_file_bytes": 104_857_600,
        "max_pages": 1_000,
        "max_concurrent_uploads": 4,
        "requests_per_minute": 120,
        "uploads_per_minute": 10,
        "monthly_documents": 100,
        "monthly_pages": None,
        "monthly_bytes": 2_147_483_648,
        "max_retention_days": 7,
    },
}
_ALERT = {
    "id": "f0a6f2f7-6f57-4a43-9d1d-0e8a1c2b3d4e",
    "unit": "pages",
    "percent": 80,
    "limit": 1_000,
    "used": 812,
    "api_key_id": None,
    "created_at": "2026-11-21T09:30:00Z",
}
_PLANS = OpenApiExample("plans", {"results": [_PLAN]})
_ALERTS = OpenApiExample("alerts", {"results": [_ALERT], "next": None, "previous": None})
_PAYMENT = {
    "id": "7d7c8d2e-6b1f-4a55-8f0b-5a0f2c9d1e66",
    "invoice_id": None,
    "number": "A1B2C3D4-0007",
    "url": "https://invoice.stripe.com/i/acct_1/live_YWNjdF8x",
    "currency": "EUR",
    "amount": 2_352,
    "paid_on": "2026-12-05",
    "created_at": "2026-12-05T09:31:02Z",
}
_PAYMENTS = OpenApiExample("payments", {"results": [_PAYMENT], "next": None, "previous": None})
_CAP = OpenApiExample("fifty", {"cap": 5_000}, request_only=True)

list_plans = operation(
    "listPlans",
    tag=BILLING,
    summary="List the plans",
    description="What can be chosen, the cheapest first; nothing on a server without plans.",
    responses={200: OpenApiResponse(PlanList, "The plans on offer.", [_PLANS])},
)
get_subscription = operation(
    "getSubscription",
    tag=BILLING,
    summary="Get the subscription",
    description="The workspace's plan, and what of its present month is used.",
    responses=_SUBSCRIBED,
)
change_subscription = operation(
    "changeSubscription",
    tag=BILLING,
    summary="Change the plan",
    description="A plan that costs more holds at once: its limits count and a new month begins. One"
    " that costs less follows at the term's end. Naming the present plan takes a change back that"
    " has not come yet. Invoices follow by themselves. Where the service takes payments,"
    " `checkout_url` is a page on which a person has to pay first: until then the plan stays as it"
    " was. Watch for the event `subscription.changed`.",
    request={"application/json": PlanChangeForm},
    responses=_CHANGED,
    examples=[OpenApiExample("pro", {"plan": "pro", "interval": "monthly"}, request_only=True)],
)
cancel_subscription = operation(
    "cancelSubscription",
    tag=BILLING,
    summary="Cancel the subscription",
    description="The free plan follows at the term's end; until then everything stays as it is.",
    responses=_SUBSCRIBED,
)
open_billing_portal = operation(
    "openBillingPortal",
    tag=BILLING,
    summary="Open the billing portal",
    description="A page of the payment provider with the workspace's invoices and cards; null"
    " unless the service takes payments, and the workspace had something to pay.",
    responses={200: OpenApiResponse(PortalOut, "The page.", [_PORTAL])},
)
list_payments = operation(
    "listPayments",
    tag=BILLING,
    summary="List payments",
    description="What was paid for invoices: recorded by the operator, or taken by the payment"
    f" provider, whose invoices have a number and a page there. {AS_CSV}",
    responses={200: OpenApiResponse(PaymentPage, "One page.", [_PAYMENTS]), **CSV_ANSWER},
)
get_spend_cap = operation(
    "getSpendCap", tag=BILLING, summary="Get the caps on spending", responses=_CAPPED
)
set_spend_cap = operation(
    "setSpendCap",
    tag=BILLING,
    summary="Set the cap on spending",
    description="The most that pages beyond the included ones may cost in a month. What would cost"
    " more is refused with `spend_cap_reached`.",
    request={"application/json": SpendCapForm},
    responses=_CAPPED,
    examples=[_CAP],
)
set_key_spend_cap = operation(
    "setKeySpendCap",
    tag=BILLING,
    summary="Set an API key's cap on spending",
    description="A key's spending is its pages at the price of further pages, whether or not the"
    " plan's included ones would have covered them.",
    request={"application/json": SpendCapForm},
    responses=_CAPPED,
    examples=[_CAP],
)
list_usage_alerts = operation(
    "listUsageAlerts",
    tag=BILLING,
    summary="List usage alerts",
    description="Told once a month for 50, 80 and 100 % of each limit, and of each API key's cap"
    " (`key_spend`, with what is under way): here, by mail to owners, admins and billing, and as"
    f" the event `usage.threshold_reached`. {AS_CSV}",
    responses={200: OpenApiResponse(AlertPage, "One page.", [_ALERTS]), **CSV_ANSWER},
)
