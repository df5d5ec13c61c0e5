"""Invoices and billing details over the API and by mail, and the files that are drawn of them."""

from __future__ import annotations

import io
import json
from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest
from django.core import mail
from django.db import OperationalError, transaction
from pypdf import PdfReader

from accounts.tests.cast import Person
from accounts.tests.factories import make_api_key, make_member, make_user
from billing.checks import invoices_can_be_issued
from billing.models import BillingDetails, Invoice
from billing.services import invoice_mails
from billing.services.crediting import credit_invoice
from billing.services.drawing import draw_invoice
from billing.services.invoice_mails import mail_invoices
from billing.services.invoicing import Charge, issue_invoice
from billing.services.terms import moment
from billing.sheets import period
from billing.tests.clock import Clock
from billing.tests.factories import make_invoice
from config.tests.conformance import ApiClient

pytestmark = pytest.mark.django_db
INVOICES, DETAILS = "/api/v1/invoices/", "/api/v1/billing-details/"


@pytest.fixture
def api(owner: Person) -> ApiClient:
    return ApiClient(make_api_key(owner.tenant)[1])


def patch(api: ApiClient, body: object, **headers: str) -> Any:
    return api.patch(DETAILS, json.dumps(body), content_type="application/json", headers=headers)


def credited(owner: Person) -> tuple[Invoice, Invoice]:
    invoice = make_invoice(owner.tenant)
    support = make_user(is_staff=True)
    return invoice, credit_invoice(actor=support, invoice=invoice, reason="Ours", net=1_000)


def words(file: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(file)).pages]


class TestInvoices:
    def test_listed_newest_first_and_by_kind(self, api: ApiClient, owner: Person) -> None:
        invoice, note = credited(owner)
        found = api.get(INVOICES).json()["results"]
        assert [each["number"] for each in found] == [note.number, invoice.number]
        assert (found[0]["total"], found[0]["credits"]) == (-1_200, str(invoice.pk))
        only = api.get(f"{INVOICES}?kind=invoice").json()["results"]
        assert [each["id"] for each in only] == [str(invoice.pk)]
        assert api.get(f"{INVOICES}?kind=bill").status_code == 422
        assert api.get(f"{INVOICES}?limit=1").json()["next"]

    def test_as_csv(self, api: ApiClient, owner: Person) -> None:
        BillingDetails.objects.create(tenant=owner.tenant, name="=SUM(A1)")
        invoice, note = credited(owner)
        answer = api.get(INVOICES, headers={"Accept": "text/csv"})
        head, first, second = b"".join(answer.streaming_content).decode().splitlines()
        assert head.startswith("id,number,kind,created_at,due_on,currency,net,tax,total")
        assert f"{note.number},credit_note," in first and invoice.number in first
        assert "9900,1980,11880" in second and "'=SUM(A1)" in second

    def test_one_with_its_lines(self, api: ApiClient, owner: Person, stranger: Person) -> None:
        invoice = make_invoice(owner.tenant)
        shown = api.get(f"{INVOICES}{invoice.pk}/").json()
        assert [line["amount"] for line in shown["lines"]] == [9_900]
        assert shown["seller"]["tax_id"] == "ATU00000000"
        theirs = make_invoice(stranger.tenant)
        for path in (f"{INVOICES}{theirs.pk}/", f"{INVOICES}{theirs.pk}.pdf"):
            assert api.get(path).status_code == 404

    def test_as_a_file(self, api: ApiClient, owner: Person) -> None:
        invoice = make_invoice(owner.tenant)
        answer = api.get(f"{INVOICES}{invoice.pk}.pdf")
        assert answer["Content-Type"] == "application/pdf"
        assert answer["Content-Disposition"] == f'attachment; filename="{invoice.number}.pdf"'
        assert answer.content.startswith(b"%PDF-")
        again = api.get(f"{INVOICES}{invoice.pk}.pdf", headers={"If-None-Match": answer["ETag"]})
        assert (again.status_code, again.content) == (304, b"")

    def test_who_only_works_here_sees_none(self, member: Person) -> None:
        key = make_api_key(member.tenant, scopes=member.principal.scopes)[1]
        for path in (INVOICES, DETAILS, f"{INVOICES}{make_invoice(member.tenant).pk}.pdf"):
            assert ApiClient(key).get(path).json()["type"] == "insufficient_scope"

    @pytest.mark.parametrize("count", [1, 5])
    def test_a_constant_number_of_queries(
        self, api: ApiClient, owner: Person, count: int, django_assert_max_num_queries: Any
    ) -> None:
        for _ in range(count):
            invoice, _ = credited(owner)
        with django_assert_max_num_queries(3):  # two for the key
            assert len(api.get(INVOICES).json()["results"]) == 2 * count
        with django_assert_max_num_queries(4):
            api.get(f"{INVOICES}{invoice.pk}/")
        with django_assert_max_num_queries(4):
            api.get(f"{INVOICES}{invoice.pk}.pdf")


class TestDetails:
    def test_read_and_changed_by_who_has_seen_them(self, api: ApiClient) -> None:
        nothing = api.get(DETAILS)
        assert (nothing.json()["version"], nothing["ETag"]) == (0, '"0"')
        assert patch(api, {"name": "A"}).status_code == 428
        made = patch(api, {"name": " Ada \n KG ", "address": "A\n\n  B  "}, **{"If-Match": '"0"'})
        assert made.status_code == 200
        assert made.json() == {
            **{"name": "Ada KG", "address": "A\nB", "tax_id": "", "email": "", "version": 1}
        }
        assert patch(api, {"tax_id": "X", "version": 0}).status_code == 412
        assert patch(api, {"tax_id": "X", "version": 1}).json()["name"] == "Ada KG"
        assert api.get(DETAILS, headers={"If-None-Match": '"2"'}).status_code == 304

    def test_what_cannot_be_printed(self, api: ApiClient) -> None:
        refused = patch(api, {"address": "a\n" * 9, "version": 0})
        assert refused.json()["detail"][0]["type"] == "too_many_lines"
        for body in ({"email": "nobody"}, {"name": "x" * 201}, {"vat": "x"}):
            assert patch(api, {**body, "version": 0}).status_code == 422


class TestFiles:
    def test_the_same_document_gives_the_same_bytes(self, owner: Person) -> None:
        invoice = make_invoice(owner.tenant)
        assert draw_invoice(invoice) == draw_invoice(Invoice.objects.get(pk=invoice.pk))

    def test_everything_stands_on_it(self, owner: Person) -> None:
        BillingDetails.objects.create(
            tenant=owner.tenant, name="Ada KG", address="Gasse 2\n1020 Wien", tax_id="ATU1"
        )
        invoice, note = credited(owner)
        (text,) = words(draw_invoice(invoice))
        for word in ("Invoice", invoice.number, "Ada KG", "1020 Wien", "Prüfgasse 1", "VAT 20 %"):
            assert word in text
        assert "€99.00" in text and "€19.80" in text and "€118.80" in text
        (text,) = words(draw_invoice(note))
        for word in ("Credit note", "−€12.00", invoice.number, "Ours"):
            assert word in text

    @pytest.mark.parametrize(
        "name", ["株式会社東京印刷", "شركة النور", "W" * 200, "a\x07b", "\U0010ffff", "<b>&amp;"]
    )
    def test_any_name_is_drawn(self, owner: Person, name: str) -> None:
        BillingDetails.objects.create(tenant=owner.tenant, name=name, address=f"{name}\n" * 2)
        assert words(draw_invoice(make_invoice(owner.tenant)))

    def test_many_lines_go_over_pages(self, owner: Person) -> None:
        charges = [Charge("pages", f"Thing {number}", 5, 7, 100) for number in range(60)]
        with transaction.atomic():
            invoice = issue_invoice(
                tenant_id=owner.tenant.pk, turn_at=moment(), currency="JPY", charges=charges
            )
        first, *_, last = words(draw_invoice(invoice))
        assert "Page 1 of 3" in first and "Thing 0" in first and "Description" in last
        assert "Thing 59" in last and "¥7,200" in last

    def test_days_of_a_span(self) -> None:
        def span(*moments: str) -> str:
            return period(*(datetime.fromisoformat(f"{each}:00+00:00") for each in moments))

        assert span("2027-06-01T00:00", "2027-07-01T00:00") == "1 – 30 June 2027"
        assert span("2027-06-11T09:30", "2027-07-11T09:30") == "11 June – 11 July 2027"
        assert span("2027-12-11T00:00", "2028-01-11T00:00") == "11 December 2027 – 10 January 2028"
        assert span("2027-06-01T00:00", "2027-06-01T05:00") == "1 June 2027"
        assert period(None, None) == ""


class TestMails:
    def test_to_owners_billing_and_the_address_of_the_details(self, owner: Person) -> None:
        make_member("billing", tenant=owner.tenant, email="books@acme.example")
        make_member("admin", tenant=owner.tenant)
        BillingDetails.objects.create(tenant=owner.tenant, email="ap@acme.example")
        invoice, note = credited(owner)
        assert [mail_invoices() for _ in range(3)] == [1, 1, 0]
        first, second = mail.outbox
        assert sorted(first.recipients()) == [
            *("ap@acme.example", "books@acme.example", "owner@acme.example")
        ]
        assert first.subject == f"Invoice {invoice.number} · Acme"
        assert "€118.80" in first.body and "Due on" in first.body
        name, content, kind = first.attachments[0]
        assert (name, kind) == (f"{invoice.number}.pdf", "application/pdf")
        assert content == draw_invoice(invoice)
        assert f"It corrects {invoice.number}: Ours" in second.body
        assert note.number in second.subject

    def test_a_mail_server_that_is_away_is_asked_again(
        self, owner: Person, clock: Clock, settings
    ) -> None:
        make_invoice(owner.tenant)
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
        assert (mail_invoices(), mail_invoices()) == (1, 0)
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        clock.go("11 minutes")
        assert mail_invoices() == 1
        assert len(mail.outbox) == 1

    def test_one_that_cannot_be_drawn_keeps_no_other(
        self, owner: Person, stranger: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        odd, _ = make_invoice(owner.tenant), make_invoice(stranger.tenant)

        def draw(invoice: Invoice) -> bytes:
            if invoice.pk == odd.pk:
                raise ValueError("odd")
            return b"%PDF-"

        monkeypatch.setattr(invoice_mails, "draw_invoice", draw)
        assert [mail_invoices() for _ in range(3)] == [1, 1, 0]
        assert len(mail.outbox) == 1

    def test_a_failure_sends_no_earlier_mail_again(
        self, owner: Person, stranger: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for person in (owner, stranger):
            make_invoice(person.tenant)
        answers = iter([b"%PDF-", OperationalError("gone"), b"%PDF-"])

        def draw(invoice: Invoice) -> bytes:
            answer = next(answers)
            if isinstance(answer, bytes):
                return answer
            raise answer

        monkeypatch.setattr(invoice_mails, "draw_invoice", draw)
        for _ in range(4):
            with suppress(OperationalError):
                mail_invoices()
        assert len({message.subject for message in mail.outbox}) == len(mail.outbox) == 2


class TestChecks:
    def test_what_cannot_be(self, settings) -> None:
        settings.PAYMENT_PROVIDER = "local"
        assert invoices_can_be_issued(None) == []
        settings.CREDIT_NOTE_SERIES = settings.INVOICE_SERIES
        settings.TAX_RATE = 190_000
        settings.SELLER = {**settings.SELLER, "name": ""}
        found = [each.id for each in invoices_can_be_issued(None)]
        assert found == ["countermark.E072", "countermark.E073", "countermark.W072"]
        settings.DEFAULT_PLAN = "none"
        assert "countermark.W072" not in [each.id for each in invoices_can_be_issued(None)]
