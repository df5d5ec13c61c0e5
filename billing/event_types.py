"""What this room tells tenants of (see accounts/event_types.py)."""

from __future__ import annotations

from accounts.event_types import EventType

_ALERT = {
    "id": "0f2f6b1e-0c52-4a6e-9a0b-6f5d1f1f7c11",
    "unit": "pages",
    "percent": 80,
    "limit": 20_000,
    "used": 16_004,
    "api_key_id": None,
}
_CHANGE = {
    "id": "9f0a4d6e-2f7e-4d0c-8a35-7a1f0b6f3c22",
    "plan": "pro",
    "interval": "monthly",
    "state": "active",
    "was": "free",
}
_INVOICE = {
    "id": "4f8d2b0a-6c1e-4f5a-9b7d-2e3c4d5f6a70",
    "number": "INV-2026-000042",
    "kind": "invoice",
    "currency": "EUR",
    "net": 1_960,
    "tax": 392,
    "total": 2_352,
    "due_on": "2026-12-19",
    "credits": None,
}
_PAID = {
    "id": "7d7c8d2e-6b1f-4a55-8f0b-5a0f2c9d1e66",
    "invoice_id": "4f8d2b0a-6c1e-4f5a-9b7d-2e3c4d5f6a70",
    "number": "INV-2026-000042",
    "currency": "EUR",
    "amount": 2_352,
    "paid_on": "2026-12-05",
}

EVENT_TYPES = [
    EventType(
        "usage.threshold_reached",
        "50, 80 or 100 % of a month's allowance, or of a key's cap, are used; once for each.",
        "billing.api.event_shapes.ThresholdReached",
        _ALERT,
    ),
    EventType(
        "subscription.changed",
        "Another plan, term or state of its payment holds from now on.",
        "billing.api.event_shapes.SubscriptionChanged",
        _CHANGE,
    ),
    EventType(
        "invoice.issued",
        "An invoice or a credit note was issued.",
        "billing.api.event_shapes.InvoiceIssued",
        _INVOICE,
    ),
    EventType(
        "invoice.paid",
        "An invoice was paid in full, ours or the payment provider's.",
        "billing.api.event_shapes.InvoicePaid",
        _PAID,
    ),
]
