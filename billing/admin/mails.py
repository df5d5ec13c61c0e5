"""Mails about money, with example data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from accounts.admin.mails import PREVIEWS, TENANT, MailPreview, in_days
from billing.models import Invoice, Quota, UsageAlert
from billing.money import DEFAULT_CURRENCY
from billing.services.alerts import subject_of_alert
from billing.services.invoice_mails import subject_of_invoice

PAGE = f"{settings.PUBLIC_URL}/billing/"


def _alert() -> Mapping[str, Any]:
    quota = Quota(tenant=TENANT, ends_at=in_days(9), page_price=90, included_pages=10_000)
    alert = UsageAlert(
        tenant=TENANT, quota=quota, unit="pages", percent=80, used=8_012, limit=10_000
    )
    return {
        "alert": alert,
        "tenant": TENANT,
        "currency": DEFAULT_CURRENCY,
        "sells_more": True,
        "address": PAGE,
    }


def _invoice() -> Mapping[str, Any]:
    invoice = Invoice(
        tenant=TENANT,
        kind=Invoice.Kind.INVOICE,
        series="INV",
        year=2026,
        sequence=42,
        currency=DEFAULT_CURRENCY,
        net=4_900,
        tax_name="VAT",
        tax_rate=2_000,
        tax=980,
        total=5_880,
        due_on=in_days(14).date(),
    )
    kind = invoice.get_kind_display()
    address = f"{PAGE}invoices/"
    return {"invoice": invoice, "tenant": TENANT, "kind": kind, "address": address}


PREVIEWS += [
    MailPreview(
        "usage_alert",
        "Much of the month is used",
        "A tenant reaches 50, 80 or 100 % of its month or its cap.",
        "emails/usage_alert.txt",
        _alert,
        html="emails/usage_alert.html",
        subject=lambda data: subject_of_alert(data["alert"]),
    ),
    MailPreview(
        "invoice",
        "Invoice",
        "An invoice or a credit note is issued; the file is attached.",
        "emails/invoice.txt",
        _invoice,
        html="emails/invoice.html",
        subject=lambda data: subject_of_invoice(data["invoice"]),
    ),
]
