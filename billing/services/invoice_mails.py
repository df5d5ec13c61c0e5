"""Mailing invoices to those who see to the money, with the file."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from accounts.models import NotificationKind
from accounts.services.mail_queue import mail_next
from accounts.services.notifications import mail_addresses
from billing.models import BillingDetails, Invoice, InvoiceMail
from billing.services.drawing import draw_invoice


def mail_invoices() -> int:
    """Mail one document that has been issued (the relay's); return 0 where none waits."""
    waiting = InvoiceMail.objects.select_related("invoice__tenant", "invoice__credits")
    return mail_next(waiting=waiting, compose=_message, kind="invoice")


def subject_of_invoice(invoice: Invoice) -> str:
    """Return what the mail says above all."""
    name = " ".join(invoice.tenant.name.split())
    return f"{invoice.get_kind_display()} {invoice.number} · {name}"


def _message(mail: InvoiceMail) -> EmailMultiAlternatives:
    invoice = mail.invoice
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
    people = mail_addresses(tenant_id=invoice.tenant_id, kind=NotificationKind.INVOICE_ISSUED)
    details = BillingDetails.objects.filter(tenant=invoice.tenant).exclude(email="")
    return sorted({*people, *details.values_list("email", flat=True)})
