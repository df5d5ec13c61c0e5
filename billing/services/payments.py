"""Payments: recorded by staff for invoices of ours, or copied from a provider's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from accounts.models import AuditAction, User
from accounts.services.audit import record
from billing.models import Invoice, Payment
from billing.services.limits import lock_tenant
from config.errors import Forbidden, Invalid


@dataclass(frozen=True, slots=True)
class ProviderPayment:
    """An invoice that was paid at a provider."""

    reference: str
    number: str
    url: str
    currency: str
    amount: int
    paid_on: date


def record_payment(
    *, actor: User, invoice: Invoice, amount: int, paid_on: date, reference: str = ""
) -> Payment:
    """Write down that ``amount`` was paid for an invoice; below nothing: was paid back.

    Raises Forbidden, and Invalid where more than the invoice, or less than nothing, would be paid.
    """
    if not actor.is_staff:
        raise Forbidden
    if invoice.kind != Invoice.Kind.INVOICE:
        raise Invalid("A credit note is not paid; record what went back with its invoice.")
    with transaction.atomic():
        lock_tenant(invoice.tenant_id)
        before = Payment.objects.filter(invoice=invoice).aggregate(sum=Sum("amount"))["sum"] or 0
        if not amount or not 0 <= before + amount <= invoice.total:
            raise Invalid(f"Paid is {before} of {invoice.total}: {amount} does not fit.")
        payment = Payment.objects.create(
            tenant_id=invoice.tenant_id,
            invoice=invoice,
            reference=reference,
            number=invoice.number,
            currency=invoice.currency,
            amount=amount,
            paid_on=paid_on,
            recorded_by=actor.pk,
        )
        record(
            tenant_id=invoice.tenant_id,
            actor=actor,
            action=AuditAction.ADMIN_ADDED,
            subject=f"payment:{payment.pk}",
            details={"invoice": invoice.number, "amount": amount, "paid_on": str(paid_on)},
        )
    return payment


def copy_payments(*, tenant_id: UUID, provider: str, payments: Sequence[ProviderPayment]) -> None:
    """Have what was paid at a provider here too; what is here already stays as it is."""
    Payment.objects.bulk_create(
        (
            Payment(
                tenant_id=tenant_id,
                provider=provider,
                reference=each.reference,
                number=each.number,
                url=each.url,
                currency=each.currency,
                amount=each.amount,
                paid_on=each.paid_on,
            )
            for each in payments
        ),
        ignore_conflicts=True,
    )
