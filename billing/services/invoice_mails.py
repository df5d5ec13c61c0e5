"""Mailing invoices to those who see to the money, with the file."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import DateTimeField, ExpressionWrapper, Value
from django.db.models.functions import Now
from django.template.loader import render_to_string

from accounts.models import Membership, Role
from billing.models import BillingDetails, Invoice, InvoiceMail
from billing.services.drawing import draw_invoice

log = structlog.get_logger("billing.invoices")

TOLD = (Role.OWNER, Role.BILLING)
BATCH = 10
AGAIN = timedelta(minutes=10)


def mail_invoices() -> int:
    """Mail what has been issued (the relay's); return to how many documents it has seen.

    A mail server that is away is asked again later. A relay that dies between sending and noting
    it sends a second time: better twice than never.
    """
    with transaction.atomic():
        due = list(
            InvoiceMail.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(mailed_at__isnull=True, mail_after__lte=Now())
            .select_related("invoice__tenant", "invoice__credits")
            .order_by("mail_after")[:BATCH]
        )
        for mail in due:
            _mail(mail)
    return len(due)


def _mail(mail: InvoiceMail) -> None:
    row = InvoiceMail.objects.filter(pk=mail.pk)
    try:
        _message(mail.invoice).send()
    except (OperationalError, InterfaceError):
        raise
    except OSError as error:  # of the mail server, too: smtplib's own are OSErrors
        log.warning("invoice_not_mailed", invoice=mail.invoice.number, error=str(error))
    except Exception:  # one that cannot be drawn keeps no other from being sent
        log.exception("invoice_not_mailed", invoice=mail.invoice.number)
    else:
        row.update(mailed_at=Now())
        return
    later = ExpressionWrapper(Now() + Value(AGAIN), output_field=DateTimeField())
    row.update(mail_after=later)


def subject_of_invoice(invoice: Invoice) -> str:
    """Return what the mail says above all."""
    name = " ".join(invoice.tenant.name.split())
    return f"{invoice.get_kind_display()} {invoice.number} · {name}"


def _message(invoice: Invoice) -> EmailMultiAlternatives:
    context: dict[str, Any] = {
        "invoice": invoice,
        "tenant": invoice.tenant,
        "kind": invoice.get_kind_display(),
        "address": f"{settings.PUBLIC_URL}/billing/invoices/",
    }
    message = EmailMultiAlternatives(
        subject=subject_of_invoice(invoice),
        body=render_to_string("emails/invoice.txt", context),
        to=[],
        bcc=_recipients(invoice),
    )
    message.attach_alternative(render_to_string("emails/invoice.html", context), "text/html")
    message.attach(f"{invoice.number}.pdf", draw_invoice(invoice), "application/pdf")
    return message


def _recipients(invoice: Invoice) -> list[str]:
    people = Membership.objects.filter(
        tenant=invoice.tenant, role__in=TOLD, user__is_active=True
    ).values_list("user__email", flat=True)
    details = BillingDetails.objects.filter(tenant=invoice.tenant).exclude(email="")
    return sorted({*people, *details.values_list("email", flat=True)})
