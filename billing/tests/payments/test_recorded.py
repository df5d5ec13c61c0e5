"""Payments: recorded by staff for invoices of ours, copied from Stripe for its own."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from accounts.models import AuditEntry
from accounts.tests.cast import Person
from accounts.tests.factories import make_api_key, make_user, signed_in
from accounts.tests.test_support import enter, make_supporter
from billing.models import Payment
from billing.services.crediting import credit_invoice
from billing.services.payments import ProviderPayment, copy_payments, record_payment
from billing.tests.clock import Clock
from billing.tests.factories import make_invoice
from billing.tests.payments.conftest import Buyer
from config.errors import Forbidden, Invalid
from config.tests.conformance import ApiClient

pytestmark = pytest.mark.django_db
TODAY = date(2026, 1, 1)


@pytest.fixture(autouse=True)
def seller(settings: Any) -> None:
    settings.SELLER = {**settings.SELLER, "name": "Countermark GmbH"}


def api_of(person: Person) -> ApiClient:
    return ApiClient(make_api_key(person.tenant)[1])


def test_what_is_paid_and_open_is_told(owner: Person) -> None:
    invoice = make_invoice(owner.tenant)
    api, staff = api_of(owner), make_user("s@countermark.example", is_staff=True)
    path = f"/api/v1/invoices/{invoice.pk}/"
    assert (api.get(path).json()["paid"], api.get(path).json()["open"]) == (0, invoice.total)
    record_payment(actor=staff, invoice=invoice, amount=900, paid_on=TODAY, reference="SEPA 1")
    record_payment(actor=staff, invoice=invoice, amount=-100, paid_on=TODAY)
    shown = api.get(path).json()
    assert (shown["paid"], shown["open"]) == (800, invoice.total - 800)
    credit_invoice(actor=staff, invoice=invoice, net=1_000, reason="A favour")
    listed = api.get("/api/v1/invoices/").json()["results"]
    opens = {each["kind"]: each["open"] for each in listed}
    assert opens["credit_note"] == 0 and opens["invoice"] < invoice.total - 800
    payments = api.get("/api/v1/payments/").json()["results"]
    assert [each["amount"] for each in payments] == [-100, 900]
    assert {each["number"] for each in payments} == {invoice.number}
    assert AuditEntry.objects.filter(subject__startswith="payment:").count() == 2


def test_neither_too_much_nor_less_than_nothing_is_paid(owner: Person) -> None:
    invoice = make_invoice(owner.tenant)
    staff = make_user("s@countermark.example", is_staff=True)
    for amount in (0, -1, invoice.total + 1):
        with pytest.raises(Invalid):
            record_payment(actor=staff, invoice=invoice, amount=amount, paid_on=TODAY)
    with pytest.raises(Forbidden):
        record_payment(actor=owner.user, invoice=invoice, amount=1, paid_on=TODAY)
    note = credit_invoice(actor=staff, invoice=invoice, net=100, reason="x")
    with pytest.raises(Invalid):
        record_payment(actor=staff, invoice=note, amount=1, paid_on=TODAY)
    assert not Payment.objects.exists()


def test_no_more_is_paid_than_is_due_nor_on_a_day_to_come(owner: Person) -> None:
    invoice = make_invoice(owner.tenant)
    staff = make_user("s@countermark.example", is_staff=True)
    with pytest.raises(Invalid, match="when it is made"):
        record_payment(actor=staff, invoice=invoice, amount=1, paid_on=date(2999, 1, 1))
    record_payment(actor=staff, invoice=invoice, amount=900, paid_on=TODAY)
    credit_invoice(actor=staff, invoice=invoice, reason="A favour")
    with pytest.raises(Invalid, match="does not fit"):
        record_payment(actor=staff, invoice=invoice, amount=1, paid_on=TODAY)
    for _ in range(2):
        record_payment(actor=staff, invoice=invoice, amount=-450, paid_on=TODAY)


def test_staff_record_it_in_the_admin(owner: Person, staff: Client) -> None:
    invoice = make_invoice(owner.tenant)
    form = {"invoice": str(invoice.pk), "amount": "500", "paid_on": "2026-01-01", "reference": "x"}
    path = "/admin/billing/payment/add/"
    assert staff.post(path, form, follow=True).status_code == 200
    assert Payment.objects.get().amount == 500
    refused = staff.post(path, form | {"amount": str(invoice.total)})
    assert "does not fit" in refused.content.decode()
    (payment,) = Payment.objects.all()
    assert staff.get("/admin/billing/payment/").status_code == 200
    assert staff.post(f"/admin/billing/payment/{payment.pk}/delete/").status_code == 403


def test_the_second_click_records_no_second_payment(owner: Person, staff: Client) -> None:
    invoice, path = make_invoice(owner.tenant), "/admin/billing/payment/add/"
    drawn = re.search(r'name="once" value="([^"]+)"', staff.get(path).content.decode())
    assert drawn
    form = {"invoice": str(invoice.pk), "amount": "500", "paid_on": "2026-01-01"}
    form["once"] = drawn[1]
    for _ in range(2):
        assert staff.post(path, form, follow=True).status_code == 200
    assert Payment.objects.get().amount == 500
    assert AuditEntry.objects.filter(subject__startswith="payment:").count() == 1
    assert LogEntry.objects.count() == 1
    went_back = staff.post(path, form | {"amount": "600"})
    assert "open a new one" in went_back.content.decode()
    again = re.search(r'name="once" value="([^"]+)"', staff.get(path).content.decode())
    assert again and again[1] != drawn[1]
    staff.post(path, form | {"once": again[1]})  # a second one of the same amount, meant so
    assert Payment.objects.count() == 2


def test_what_was_paid_at_stripe_is_shown_with_its_invoice(buyer: Buyer, clock: Clock) -> None:
    buyer.buy("pro")
    buyer.go(clock, 31)
    buyer.hear()
    buyer.hear()
    payments = api_of(buyer.person).get("/api/v1/payments/").json()["results"]
    assert [each["amount"] for each in payments] == [1_900, 1_900]
    assert all(each["number"].startswith("FAKE-") and each["url"] for each in payments)
    html = buyer.person.client.get("/billing/").content.decode()
    assert html.count("FAKE-") == 2 and "€19.00" in html


def test_who_must_pay_is_told_until_when(buyer: Buyer, clock: Clock) -> None:
    buyer.buy("pro")
    buyer.fake.set_card(buyer.account.customer_id, "declined")
    buyer.go(clock, 31)
    buyer.hear()
    html = buyer.person.client.get("/billing/").content.decode()
    until = buyer.account.grace_ends_at
    assert until and f"{until:%-d %B %Y}" in html and "Pay, or change the card" in html


def test_payments_of_others_are_not_there(owner: Person, stranger: Person) -> None:
    staff = make_user("s@countermark.example", is_staff=True)
    record_payment(actor=staff, invoice=make_invoice(stranger.tenant), amount=1, paid_on=TODAY)
    assert api_of(owner).get("/api/v1/payments/").json()["results"] == []


def test_the_page_of_invoices_says_what_is_open(owner: Person) -> None:
    invoice = make_invoice(owner.tenant)
    staff = make_user("s@countermark.example", is_staff=True)

    def said() -> str:
        return owner.client.get("/billing/invoices/").content.decode()

    assert ">Open<" in said()
    record_payment(actor=staff, invoice=invoice, amount=invoice.total - 250, paid_on=TODAY)
    assert "€2.50 open" in said()
    record_payment(actor=staff, invoice=invoice, amount=250, paid_on=TODAY)
    assert ">Paid<" in said()
    credit_invoice(actor=staff, invoice=invoice, net=100, reason="A favour")
    assert "to you" in said()


def test_support_is_not_handed_the_providers_page(owner: Person) -> None:
    """Who has its address needs no other right there."""
    payment = ProviderPayment("in_1", "FAKE-1", "https://pay.example/i/secret", "EUR", 5, TODAY)
    copy_payments(tenant_id=owner.tenant.pk, provider="stripe", payments=[payment])
    inside = signed_in(make_supporter())
    enter(inside, owner.tenant)
    said = inside.get("/billing/").content.decode()
    assert "FAKE-1" in said and "pay.example" not in said
    assert "pay.example/i/secret" in owner.client.get("/billing/").content.decode()
