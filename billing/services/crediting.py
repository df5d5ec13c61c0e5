"""Credit notes: documents of their own, which take back what an invoice has charged for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from accounts.models import AuditAction, User
from accounts.services.audit import record
from billing.models import Invoice, InvoiceLine, Term
from billing.money import share, tax_on, written
from billing.services.invoicing import Charge, write
from billing.services.limits import lock_tenant
from config.errors import Conflict, Forbidden


class NothingToCredit(Conflict):
    """All of the invoice has been taken back, or less is left than was asked for."""

    code = "nothing_to_credit"
    message = "This invoice is credited already."


class Left(NamedTuple):
    """What credit notes have left of an invoice, in minor units."""

    net: int
    tax: int


def left_of(invoice: Invoice) -> Left:
    """Return what has not been taken back; nothing of a credit note."""
    if invoice.kind != Invoice.Kind.INVOICE:
        return Left(0, 0)
    taken = Invoice.objects.filter(credits=invoice).aggregate(net=Sum("net"), tax=Sum("tax"))
    return Left(invoice.net + (taken["net"] or 0), invoice.tax + (taken["tax"] or 0))


def credit_invoice(
    *,
    actor: User,
    invoice: Invoice,
    reason: str,
    net: int | None = None,
    seen: int | None = None,
) -> Invoice:
    """Let staff take back ``net`` minor units of an invoice, without tax; all that is left if None.

    ``seen``: what the actor believes to be left, so that a second click takes nothing. Raises
    Forbidden and NothingToCredit.
    """
    if not actor.is_staff:
        raise Forbidden
    with transaction.atomic():
        lock_tenant(invoice.tenant_id)
        left = left_of(invoice)
        taken = left.net if net is None else net
        if not 0 < taken <= left.net or seen not in (None, left.net):
            amount = written(left.net, invoice.currency)
            raise NothingToCredit(f"{amount} without tax are left of this invoice.")
        charges = _mirrored(invoice) if taken == invoice.net else [_lump(reason, taken)]
        note = _credit(invoice, charges, left, reason=reason)
        record(
            tenant_id=invoice.tenant_id,
            actor=actor,
            action=AuditAction.CREDIT_NOTE_ISSUED,
            subject=f"invoice:{note.pk}",
            details={"number": note.number, "credits": invoice.number, "reason": reason},
        )
    return note


def credit_cut(term: Term) -> Invoice | None:
    """Take back what is left of a term that another plan has cut, in the caller's transaction.

    None where nothing is: staff may have credited it before.
    """
    line = InvoiceLine.objects.select_related("invoice").get(term=term, kind="plan")
    left = left_of(line.invoice)
    unused = term.ends_at - (term.cut_at or term.ends_at)
    whole = term.ends_at - term.starts_at
    taken = min(left.net, share(term.price, _microseconds(unused), _microseconds(whole)))
    if taken <= 0:
        return None
    charge = Charge(
        kind="credit",
        text=f"{term.plan.name}, unused time",
        quantity=-1,
        unit_price=taken,
        amount=-taken,
        starts_at=term.cut_at,
        ends_at=term.ends_at,
        term_id=term.pk,
    )
    reason = "Another plan has taken its place."
    return _credit(line.invoice, [charge], left, reason=reason, turn_at=term.cut_at)


def _credit(
    invoice: Invoice, charges: Sequence[Charge], left: Left, *, reason: str, **more: Any
) -> Invoice:
    net = sum(charge.amount for charge in charges)
    # The last one takes what rounding has left, so that an invoice and its credit notes end at 0.
    tax = -left.tax if net == -left.net else max(tax_on(net, invoice.tax_rate), -left.tax)
    return write(
        charges,
        tenant_id=invoice.tenant_id,
        kind=Invoice.Kind.CREDIT_NOTE.value,
        series=settings.CREDIT_NOTE_SERIES,
        currency=invoice.currency,
        net=net,
        tax_name=invoice.tax_name,
        tax_rate=invoice.tax_rate,
        tax=tax,
        buyer=invoice.buyer,
        credits=invoice,
        reason=reason,
        **more,
    )


def _mirrored(invoice: Invoice) -> list[Charge]:
    return [
        Charge(
            kind="credit",
            text=line.text,
            quantity=-line.quantity,
            unit_price=line.unit_price,
            amount=-line.amount,
            starts_at=line.starts_at,
            ends_at=line.ends_at,
        )
        for line in invoice.lines.all()
    ]


def _lump(reason: str, taken: int) -> Charge:
    return Charge(kind="credit", text=reason, quantity=-1, unit_price=taken, amount=-taken)


def _microseconds(span: timedelta) -> int:
    return span // timedelta(microseconds=1)
