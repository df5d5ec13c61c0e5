"""The page of invoices, and what staff do with them."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry
from accounts.tests.cast import Person
from accounts.tests.factories import make_member, make_user
from billing.models import BillingDetails, Invoice
from billing.services.crediting import credit_invoice
from billing.tests.factories import make_invoice

pytestmark = pytest.mark.django_db
PAGE, DETAILS = "/billing/invoices/", "/billing/details/"
SAID = {"name": "Ada KG", "address": "Gasse 2\r\n1020 Wien", "tax_id": "ATU1", "email": ""}


def page(client: Client) -> str:
    answer = client.get(PAGE)
    assert answer.status_code == 200
    return answer.content.decode()


class TestPage:
    def test_says_when_the_first_one_comes(self, owner: Person, settings) -> None:
        assert "No invoices yet" in page(owner.client) and "a minute after" in page(owner.client)
        settings.SELLER = {**settings.SELLER, "name": ""}
        assert "issues none here" in page(owner.client)

    def test_lists_and_sends_them(self, owner: Person, stranger: Person) -> None:
        invoice = make_invoice(owner.tenant)
        credit_invoice(actor=make_user(is_staff=True), invoice=invoice, reason="Ours", net=1_000)
        html = page(owner.client)
        assert f"Credit note for {invoice.number}" in html
        assert "€118.80" in html and "−€12.00" in html
        file = owner.client.get(f"{PAGE}{invoice.pk}.pdf")
        assert file.content.startswith(b"%PDF-") and file["Content-Type"] == "application/pdf"
        theirs = make_invoice(stranger.tenant)
        assert owner.client.get(f"{PAGE}{theirs.pk}.pdf").status_code == 404

    @pytest.mark.parametrize(("role", "status"), [("admin", 200), ("member", 403), ("viewer", 403)])
    def test_who_may(self, owner: Person, client: Client, role: str, status: int) -> None:
        invoice = make_invoice(owner.tenant)
        client.force_login(make_member(role, tenant=owner.tenant))
        assert client.get(PAGE).status_code == status
        assert client.get(f"{PAGE}{invoice.pk}.pdf").status_code == status
        if status == 403:
            assert client.post(DETAILS, {**SAID, "version": 0}).status_code == 403

    def test_billing_sees_to_the_details(self, owner: Person, client: Client) -> None:
        client.force_login(make_member("billing", tenant=owner.tenant))
        answer = client.post(DETAILS, {**SAID, "version": 0}, follow=True)
        assert "details are saved" in answer.content.decode()
        assert BillingDetails.objects.get().address == "Gasse 2\n1020 Wien"
        assert "1020 Wien" in page(client)

    def test_who_is_late_is_told_and_loses_nothing(self, owner: Person) -> None:
        owner.client.post(DETAILS, {**SAID, "version": 0})
        late = owner.client.post(DETAILS, {**SAID, "name": "Late KG", "version": 0})
        html = late.content.decode()
        assert late.status_code == 412 and "meanwhile" in html and "Late KG" in html
        assert BillingDetails.objects.get().name == "Ada KG"
        version = re.findall(r'name="version" value="(\d+)"', html)[0]
        owner.client.post(DETAILS, {**SAID, "name": "Late KG", "version": version})
        assert BillingDetails.objects.get().name == "Late KG"

    @pytest.mark.parametrize("wrong", [{"email": "nobody"}, {"address": "a\n" * 9}])
    def test_what_cannot_be_is_said_beside_the_field(
        self, owner: Person, wrong: dict[str, str]
    ) -> None:
        refused = owner.client.post(DETAILS, {**SAID, "version": 0, **wrong})
        assert refused.status_code == 422 and 'aria-invalid="true"' in refused.content.decode()

    def test_in_a_constant_number_of_queries(self, owner: Person, staff: Client) -> None:
        counts = []
        for _ in range(3):  # the first finds caches empty
            for _ in range(3):
                make_invoice(owner.tenant)
            with CaptureQueriesContext(connection) as asked:
                page(owner.client)
                staff.get("/admin/billing/invoice/")
            counts.append(len(asked))
        assert counts[1] == counts[2]


class TestStaff:
    def test_look_at_them(self, staff: Client, owner: Person) -> None:
        invoice = make_invoice(owner.tenant)
        html = staff.get("/admin/billing/invoice/").content.decode()
        assert invoice.number in html and "€118.80" in html and "Issue credit note" in html
        shown = staff.get(f"/admin/billing/invoice/{invoice.pk}/change/").content.decode()
        assert "Business, one month" in shown and 'name="_save"' not in shown
        assert staff.get(f"/admin/billing/invoice/{invoice.pk}/file/").content[:5] == b"%PDF-"
        for model in ("term", "invoicemail", "billingdetails"):
            assert staff.get(f"/admin/billing/{model}/").status_code == 200

    def test_take_one_back_with_a_reason(self, staff: Client, owner: Person) -> None:
        invoice = make_invoice(owner.tenant)
        address = f"/admin/billing/invoice/{invoice.pk}/credit/"
        assert 'value="99.00"' in staff.get(address).content.decode()
        assert staff.post(address, {"net": "1", "reason": "", "seen": 9_900}).status_code == 200
        assert staff.post(address, {"net": "100", "reason": "x", "seen": 9_900}).status_code == 200
        assert Invoice.objects.count() == 1
        form = {"net": "10.50", "reason": "Ours", "seen": 9_900}
        assert staff.post(address, form).status_code == 302
        assert staff.post(address, form).status_code == 200  # the second click
        note = Invoice.objects.get(kind="credit_note")
        assert (note.net, note.reason) == (-1_050, "Ours")
        entry = AuditEntry.objects.get(action="credit_note.issued")
        assert entry.tenant_id == owner.tenant.pk and entry.actor.startswith("staff:")

    def test_a_credit_note_is_not_taken_back(self, staff: Client, owner: Person) -> None:
        actor = make_user(is_staff=True)
        note = credit_invoice(actor=actor, invoice=make_invoice(owner.tenant), reason="x")
        html = staff.get(f"/admin/billing/invoice/{note.pk}/credit/").content.decode()
        assert "Nothing of it can be taken back" in html

    def test_who_may_only_look_takes_nothing_back(self, client: Client, owner: Person) -> None:
        invoice = make_invoice(owner.tenant)
        client.force_login(make_user("looker@countermark.example", is_staff=True))
        form = {"net": "10.50", "reason": "Ours", "seen": 9_900}
        for path in ("credit", "file"):
            answer = client.post(f"/admin/billing/invoice/{invoice.pk}/{path}/", form)
            assert answer.status_code in (302, 403)
        assert Invoice.objects.count() == 1
