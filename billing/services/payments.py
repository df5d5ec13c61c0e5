"""Payments: recorded by staff for invoices of ours, or copied from a provider's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Sum

from accounts.models import AuditAction, User
from accounts.services.audit import record
from accounts.services.outbox import Fact, emit_all
from billing.models import Invoice, Payment
from billing.services.crediting import left_of
from billing.services.limits import lock_tenant
from billing.services.terms import moment
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
    *,
    actor: User,
    invoice: Invoice,
    amount: int,
    paid_on: date,
    reference: str = "",
    once: UUID | None = None,
) -> Payment:
    """Write down that ``amount`` was paid for an invoice; below nothing: was paid back.

    ``once`` becomes the payment's id: said a second time, as by a second click, it is the payment
    that is there. Raises Forbidden, and Invalid where more than credit notes have left of the
    invoice, or less than nothing, would be paid, on a day to come, or where ``once`` was something
    else.
    """
    if not actor.is_staff:
        raise Forbidden
    if invoice.kind != Invoice.Kind.INVOICE:
        raise Invalid("A credit note is not paid; record what went back with its invoice.")
    with transaction.atomic():
        lock_tenant(invoice.tenant_id)
        same = Payment.objects.filter(pk=once).first() if once else None
        if same is not None:
            if _facts(same) != (invoice.pk, amount, paid_on, reference):
                raise Invalid("This form has recorded another payment. Please open a new one.")
            return same
        still_open = _require_fit(invoice, amount, paid_on)
        payment = Payment.objects.create(
            pk=once or uuid4(),
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
        if amount > 0 and not still_open:
            emit_all([_paid(payment)])
    return payment


def _require_fit(invoice: Invoice, amount: int, paid_on: date) -> int:
    """Return what is open of the invoice after ``amount``; raises Invalid."""
    before = Payment.objects.filter(invoice=invoice).aggregate(sum=Sum("amount"))["sum"] or 0
    left = left_of(invoice)
    due = left.net + left.tax
    # What was paid before a credit note may be more than is due, and goes back in parts.
    if not amount or before + amount < 0 or (amount > 0 and before + amount > due):
        raise Invalid(f"Paid is {before} of {due}: {amount} does not fit.")
    if paid_on > moment().astimezone(UTC).date():
        raise Invalid("A payment is recorded when it is made, not before.")
    return due - before - amount


def _facts(payment: Payment) -> tuple[UUID | None, int, date, str]:
    return payment.invoice_id, payment.amount, payment.paid_on, payment.reference


def copy_payments(*, tenant_id: UUID, provider: str, payments: Sequence[ProviderPayment]) -> None:
    """Have what was paid at a provider here too, and tell of what is new.

    What is here already stays as it is. In a transaction that holds the tenant's account there.
    """
    references = [each.reference for each in payments]
    with transaction.atomic():
        there = Payment.objects.filter(provider=provider, reference__in=references)
        known = set(there.values_list("reference", flat=True))
        fresh = Payment.objects.bulk_create(
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
            for each in reversed(payments)
            if each.reference not in known
        )
        emit_all([_paid(payment) for payment in fresh])


def _paid(payment: Payment) -> Fact:
    """Return that nothing is open of an invoice any more since this payment."""
    return Fact(
        tenant_id=payment.tenant_id,
        type="invoice.paid",
        subject=f"payment:{payment.pk}",
        payload={
            "id": str(payment.pk),
            "invoice_id": str(payment.invoice_id) if payment.invoice_id else None,
            "number": payment.number,
            "currency": payment.currency,
            "amount": payment.amount,
            "paid_on": str(payment.paid_on),
        },
    )
