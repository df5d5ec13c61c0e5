"""Issuing: an invoice or credit note is written whole, numbered, told and never changed.

Numbers are taken in the transaction that writes the document, which holds their series until it
commits: no number is lost to a failure, no two documents have one, and none is of another year
than its document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from accounts.models import AuditAction, NotificationKind, Tenant
from accounts.services.audit import record
from accounts.services.notifications import notify
from accounts.services.outbox import emit
from billing.models import BillingDetails, Invoice, InvoiceLine, InvoiceMail
from billing.money import tax_on
from billing.services.terms import moment

BUYER = ("name", "address", "tax_id", "email")
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
_NUMBER = """
    INSERT INTO billing_invoicecounter AS counter (series, year, last) VALUES (%s, %s, 1)
    ON CONFLICT (series, year) DO UPDATE SET last = counter.last + 1 RETURNING last
"""


@dataclass(frozen=True, slots=True)
class Charge:
    """A line to be: see InvoiceLine."""

    kind: str
    text: str
    quantity: int
    unit_price: int
    amount: int
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    quota_id: UUID | None = None
    term_id: UUID | None = None


def sells() -> bool:
    """Whether anybody is named who issues invoices here."""
    return bool(settings.SELLER["name"])


def issue_invoice(
    *, tenant_id: UUID, turn_at: datetime, currency: str, charges: Sequence[Charge]
) -> Invoice:
    """Issue an invoice of ``charges``, in the caller's transaction, which has locked the tenant.

    Raises IntegrityError where this turn has its invoice.
    """
    net = sum(charge.amount for charge in charges)
    tax = tax_on(net, settings.TAX_RATE)
    return write(
        charges,
        tenant_id=tenant_id,
        kind=Invoice.Kind.INVOICE.value,
        series=settings.INVOICE_SERIES,
        turn_at=turn_at,
        currency=currency,
        net=net,
        tax_name=settings.TAX_NAME,
        tax_rate=settings.TAX_RATE,
        tax=tax,
        buyer=_buyer(tenant_id),
        note=settings.INVOICE_NOTE,
    )


def write(charges: Sequence[Charge], *, series: str, **fields: Any) -> Invoice:
    """Number a document and write it with its lines, an event, an entry in the log, and a mail."""
    if not connection.in_atomic_block:
        raise RuntimeError("An invoice needs the transaction of what it bills.")
    _lock(series)
    issued_at = moment()  # with the series locked: dates stand in the order of numbers
    year = issued_at.astimezone(UTC).year
    sequence = _next(series, year)
    is_invoice = fields["kind"] == Invoice.Kind.INVOICE
    due_on = (issued_at + timedelta(days=settings.INVOICE_DUE_DAYS)).astimezone(UTC).date()
    invoice = Invoice.objects.create(
        **fields,
        total=fields["net"] + fields["tax"],
        series=series,
        year=year,
        sequence=sequence,
        seller=dict(settings.SELLER),
        due_on=due_on if is_invoice else None,
        created_at=issued_at,
    )
    InvoiceLine.objects.bulk_create(
        InvoiceLine(
            tenant_id=invoice.tenant_id,
            invoice=invoice,
            position=position,
            **{name: getattr(charge, name) for name in Charge.__slots__},
        )
        for position, charge in enumerate(charges, 1)
    )
    InvoiceMail.objects.create(tenant_id=invoice.tenant_id, invoice=invoice, mail_after=issued_at)
    _tell(invoice)
    return invoice


def invoice_facts(invoice: Invoice) -> dict[str, Any]:
    """Return what others are told of a document: ids, figures and days."""
    return {
        "id": str(invoice.pk),
        "number": invoice.number,
        "kind": str(invoice.kind),
        "currency": invoice.currency,
        "net": invoice.net,
        "tax": invoice.tax,
        "total": invoice.total,
        "due_on": str(invoice.due_on) if invoice.due_on else None,
        "credits": str(invoice.credits_id) if invoice.credits_id else None,
    }


def _tell(invoice: Invoice) -> None:
    facts = invoice_facts(invoice)
    emit(
        tenant_id=invoice.tenant_id,
        type="invoice.issued",
        subject=f"invoice:{invoice.pk}",
        payload=facts,
    )
    notify(
        tenant_id=invoice.tenant_id,
        kind=NotificationKind.INVOICE_ISSUED,
        text=f"{invoice.get_kind_display()} {invoice.number} was issued",
        path="/billing/invoices/",
    )
    if invoice.kind == Invoice.Kind.INVOICE:
        record(
            tenant_id=invoice.tenant_id,
            actor=None,
            action=AuditAction.INVOICE_ISSUED,
            subject=f"invoice:{invoice.pk}",
            details={name: facts[name] for name in ("number", "currency", "total")},
        )


def _lock(series: str) -> None:
    """Let the series wait for this transaction, from one year to the next as well."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [f"invoice series {series}"])


def _next(series: str, year: int) -> int:
    """Return the next number of a series that is locked."""
    with connection.cursor() as cursor:
        cursor.execute(_NUMBER, [series, year])
        number: int = cursor.fetchone()[0]
    return number


def _buyer(tenant_id: UUID) -> Mapping[str, str]:
    """Return to whom a document is addressed: as the tenant has said, else by its name alone."""
    details = BillingDetails.objects.filter(tenant_id=tenant_id).first() or BillingDetails()
    buyer = {name: getattr(details, name) for name in BUYER}
    if not buyer["name"]:
        buyer["name"] = Tenant.objects.values_list("name", flat=True).get(pk=tenant_id)
    return buyer
