"""What people and programs are told of payments: that one failed, and that an invoice is paid."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core import mail

from accounts.models import OutboxEvent
from accounts.services.notification_mails import mail_notifications
from accounts.tests.cast import Person
from accounts.tests.factories import make_member, make_user
from billing.providers import take_payments_on
from billing.services.crediting import credit_invoice
from billing.services.payments import record_payment
from billing.tests.clock import Clock
from billing.tests.factories import make_invoice
from billing.tests.payments.conftest import Buyer

pytestmark = pytest.mark.django_db
TODAY = date(2026, 1, 1)


def mailed() -> list[tuple[str, list[str]]]:
    """Mail what waits; return subjects and to whom."""
    while mail_notifications():
        pass
    return [(message.subject, message.recipients()) for message in mail.outbox]


def paid_events() -> list[dict[str, Any]]:
    found = OutboxEvent.objects.filter(type="invoice.paid").order_by("id")
    return list(found.values_list("payload", flat=True))


def test_who_sees_to_the_money_is_told_that_it_failed_and_until_when(
    buyer: Buyer, clock: Clock
) -> None:
    make_member("billing", tenant=buyer.person.tenant, email="books@acme.example")
    make_member("admin", tenant=buyer.person.tenant, email="admin@acme.example")
    buyer.buy("pro")
    assert mailed() == []
    buyer.fake.set_card(buyer.account.customer_id, "declined")
    buyer.go(clock, 31)
    buyer.hear()
    take_payments_on()  # looked at again: said once
    until = buyer.account.grace_ends_at
    assert until
    text = f"A payment for the plan Pro has failed; please pay before {until:%-d %B %Y}"
    people = ["books@acme.example", "owner@acme.example"]
    assert sorted(mailed()) == [(f"{text} · Acme", [person]) for person in people]
    assert "/billing/" in mail.outbox[0].body
    assert text in buyer.person.client.get("/settings/notifications/").content.decode()
    buyer.go(clock, 8, only_here=True)
    take_payments_on()
    text = "The plan Pro has only the limits of what is free until it is paid"
    assert sorted(mailed()[2:]) == [(f"{text} · Acme", [person]) for person in people]
    buyer.fake.set_card(buyer.account.customer_id, "ok")
    buyer.hear()
    assert len(mailed()) == 4


def test_what_is_paid_at_stripe_is_told_once(buyer: Buyer, clock: Clock) -> None:
    buyer.buy("pro")
    buyer.go(clock, 31)
    buyer.hear()
    take_payments_on()
    told = paid_events()
    assert [(each["amount"], each["invoice_id"]) for each in told] == [(1_900, None)] * 2
    assert all(each["number"].startswith("FAKE-") for each in told)


def test_an_invoice_of_ours_is_paid_when_nothing_is_open(owner: Person, settings: Any) -> None:
    settings.SELLER = {**settings.SELLER, "name": "Countermark GmbH"}
    invoice, staff = make_invoice(owner.tenant), make_user("s@countermark.example", is_staff=True)

    def pay(amount: int) -> None:
        record_payment(actor=staff, invoice=invoice, amount=amount, paid_on=TODAY)

    note = credit_invoice(actor=staff, invoice=invoice, net=1_000, reason="A favour")
    due = invoice.total + note.total
    pay(900)
    assert paid_events() == []
    pay(due - 900)
    (told,) = paid_events()
    assert (told["invoice_id"], told["number"]) == (str(invoice.pk), invoice.number)
    assert (told["amount"], told["paid_on"]) == (due - 900, "2026-01-01")
    pay(-900)
    assert len(paid_events()) == 1
