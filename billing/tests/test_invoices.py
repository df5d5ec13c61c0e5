"""Closing periods: what is billed when, once, under numbers without a gap, and never changed."""

from __future__ import annotations

from importlib import import_module
from threading import Thread

import pytest
from django.db import IntegrityError, ProgrammingError, connection, connections, transaction

from accounts.models import AuditEntry, OutboxEvent, Tenant, User
from accounts.tests.cast import Person
from accounts.tests.factories import make_principal, make_tenant, make_user
from billing.models import (
    BillingDetails,
    Invoice,
    InvoiceCounter,
    InvoiceLine,
    Plan,
    Quota,
    Term,
)
from billing.money import share, tax_on
from billing.services import closing
from billing.services.closing import close_periods
from billing.services.crediting import NothingToCredit, credit_invoice, left_of
from billing.services.quota import reserve, settle
from billing.services.subscriptions import (
    begin_subscription,
    change_plan,
    renew_subscriptions,
    subscribe,
)
from billing.services.usage import adjust_usage
from billing.tests.clock import Clock
from billing.tests.factories import make_invoice, make_reservation, use
from config.errors import Forbidden
from config.invariants import look_at_invariants
from config.tests.walls import by_owner

pytestmark = pytest.mark.django_db


def broken() -> set[str]:
    return {each.name for each in look_at_invariants() if each.status != "held"}


def support() -> User:
    return make_user(is_staff=True)


def relay() -> int:
    """Do what the relay does about money until nothing is left."""
    turns = 0
    while did := renew_subscriptions() + close_periods():
        turns += did
    return turns


def bills(tenant: Tenant) -> list[tuple[str, int, int, int]]:
    """Return number, net, tax and total of what a tenant was sent, the oldest first."""
    documents = Invoice.objects.filter(tenant=tenant).order_by("created_at")
    return [
        (each.number.split("-")[0] + each.number[-2:], each.net, each.tax, each.total)
        for each in documents
    ]


def lines(invoice: Invoice) -> list[tuple[str, int, int]]:
    return [(line.text, line.quantity, line.amount) for line in invoice.lines.all()]


def begin(tenant: Tenant, plan: str, interval: str = "monthly") -> None:
    subscribe(actor=None, tenant_id=tenant.pk, plan=Plan.objects.get(code=plan), interval=interval)


class TestPeriods:
    def test_a_term_is_billed_as_it_begins_and_pages_as_their_month_ends(
        self, owner: Person, clock: Clock
    ) -> None:
        begin(owner.tenant, "business")
        assert close_periods() == 0  # within the minute
        clock.go("2 minutes")
        assert (close_periods(), close_periods()) == (1, 0)
        use(owner.tenant, pages=212_345)
        clock.go("1 month")
        relay()
        assert bills(owner.tenant) == [
            ("INV01", 9_900, 1_980, 11_880),
            ("INV02", 10_888, 2_178, 13_066),
        ]
        first, second = Invoice.objects.order_by("created_at")
        assert lines(second) == [
            ("Business, one month", 1, 9_900),
            ("Pages beyond the 200,000 included", 12_345, 988),  # 9.876 euros, rounded up
        ]
        assert first.turn_at == Term.objects.earliest("starts_at").starts_at
        told = OutboxEvent.objects.filter(type="invoice.issued")
        assert [each.payload["number"] for each in told] == [first.number, second.number]
        assert AuditEntry.objects.filter(action="invoice.issued").count() == 2
        assert broken() == set()

    def test_what_costs_nothing_has_no_invoice(self, owner: Person, clock: Clock) -> None:
        begin_subscription(tenant=owner.tenant)
        use(owner.tenant, pages=900)
        clock.go("2 months")
        relay()
        assert not Invoice.objects.exists()
        month = Quota.objects.earliest("starts_at")
        assert (month.billed, month.closed_at is not None) == (0, True)

    def test_a_trial_costs_and_sells_nothing(self, owner: Person, clock: Clock) -> None:
        change_plan(principal=owner.principal, plan_code="pro")
        owner.tenant.refresh_from_db()
        assert (owner.tenant.monthly_pages, owner.tenant.page_price) == (20_000, None)
        use(owner.tenant, pages=20_000)
        clock.go("14 days 5 minutes")
        relay()
        assert bills(owner.tenant) == [("INV01", 1_900, 380, 2_280)]
        owner.tenant.refresh_from_db()
        assert (owner.tenant.monthly_pages, owner.tenant.page_price) == (None, 150)
        assert broken() == set()

    def test_a_year_is_billed_once_and_its_months_only_for_pages(
        self, owner: Person, clock: Clock
    ) -> None:
        begin(owner.tenant, "business", "yearly")
        for pages in (200_000, 201_000, 5):
            use(owner.tenant, pages=pages)
            clock.go("1 month")
        relay()
        assert [net for _, net, *_ in bills(owner.tenant)] == [99_000, 80]

    def test_a_dearer_plan_takes_the_rest_of_the_term_back(
        self, owner: Person, clock: Clock
    ) -> None:
        clock.go_to("2027-06-01 00:00+00")  # of thirty days
        begin(owner.tenant, "pro")  # a trial
        begin(owner.tenant, "pro")
        use(owner.tenant, pages=22_000)
        clock.go("10 days")
        change_plan(principal=owner.principal, plan_code="business")
        clock.go("2 minutes")
        relay()
        documents = {each.number[:3]: each for each in Invoice.objects.order_by("created_at")}
        assert [net for _, net, *_ in bills(owner.tenant)][:2] == [1_900, 10_200]
        note = documents["CN-"]
        assert note.credits.net == 1_900
        assert (note.net, note.tax, note.due_on) == (-1_267, -253, None)
        assert lines(note) == [("Pro, unused time", -1, -1_267)]
        assert lines(Invoice.objects.get(net=10_200))[1] == (
            "Pages beyond the 20,000 included",
            2_000,
            300,
        )
        assert broken() == set()

    def test_adjustments_count_in_their_month(self, owner: Person, clock: Clock) -> None:
        begin(owner.tenant, "business")
        use(owner.tenant, pages=202_000)
        adjust_usage(
            actor=support(), tenant=owner.tenant, quantities={"pages": -1_000}, reason="Ours"
        )
        clock.go("1 month 2 minutes")
        relay()
        assert [net for _, net, *_ in bills(owner.tenant)] == [9_900, 9_980]
        assert broken() == set()

    def test_work_under_way_is_waited_for(self, owner: Person, clock: Clock) -> None:
        begin(owner.tenant, "business")
        clock.go("2 minutes")
        relay()
        held = make_reservation(owner.tenant, pages=201_000)
        clock.go("1 month")
        relay()
        assert Invoice.objects.count() == 1
        with transaction.atomic():
            settle(tenant_id=owner.tenant.pk, source=held.source, documents=1, pages=201_000)
        relay()
        assert [net for _, net, *_ in bills(owner.tenant)] == [9_900, 9_980]

    def test_a_relay_that_was_away_bills_one_turn_after_the_other(
        self, owner: Person, clock: Clock
    ) -> None:
        begin(owner.tenant, "business")
        use(owner.tenant, pages=201_000)
        clock.go("3 months 1 day")
        assert close_periods() == 1  # what began first; then the subscription is to be renewed
        assert close_periods() == 0
        relay()
        assert [net for _, net, *_ in bills(owner.tenant)] == [9_900, 9_980, 9_900, 9_900]
        turns = Invoice.objects.order_by("created_at").values_list("turn_at", flat=True)
        assert list(turns) == sorted(turns)
        assert broken() == set()

    def test_without_a_seller_nothing_is_billed_nor_ever_will_be(
        self, owner: Person, clock: Clock, settings
    ) -> None:
        seller, settings.SELLER = settings.SELLER, {**settings.SELLER, "name": ""}
        begin(owner.tenant, "business")
        use(owner.tenant, pages=300_000)
        clock.go("1 month 2 minutes")
        relay()
        settings.SELLER = seller
        assert relay() == 0
        assert not Invoice.objects.exists()
        change_plan(principal=owner.principal, plan_code="business", interval="yearly")
        clock.go("2 minutes")
        relay()
        assert [net for _, net, *_ in bills(owner.tenant)] == [99_000]  # and nothing is credited
        assert broken() == set()

    def test_two_currencies_are_two_invoices(self, owner: Person, clock: Clock) -> None:
        begin(owner.tenant, "business")
        clock.go("2 minutes")
        relay()
        use(owner.tenant, pages=300_000)
        Plan.objects.filter(code="enterprise").update(monthly_price=50_000, currency="USD")
        begin(owner.tenant, "enterprise")
        clock.go("2 minutes")
        relay()
        found = Invoice.objects.order_by("created_at").values_list("kind", "currency", "net")
        assert [("invoice", "EUR", 8_000), ("invoice", "USD", 50_000)] == list(found)[1:3]
        assert broken() == set()

    def test_one_tenant_in_trouble_keeps_nobody_from_being_billed(
        self, owner: Person, stranger: Person, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for person in (owner, stranger):
            begin(person.tenant, "business")
        clock.go("2 minutes")
        whole = closing.close_turn

        def close(*, tenant_id: object) -> int:
            if tenant_id == owner.tenant.pk:
                raise ValueError("odd")
            return whole(tenant_id=tenant_id)

        monkeypatch.setattr(closing, "close_turn", close)
        assert close_periods() == 1
        assert Invoice.objects.get().tenant_id == stranger.tenant.pk


class TestDocuments:
    def test_seller_buyer_and_tax_stand_as_they_were(self, owner: Person, settings) -> None:
        details = BillingDetails.objects.create(
            tenant=owner.tenant, name="Ada & Söhne KG", address="Gasse 2\n1020 Wien", tax_id="ATU1"
        )
        made = make_invoice(owner.tenant)
        BillingDetails.objects.filter(pk=details.pk).update(name="Another")
        settings.TAX_RATE = 0
        invoice = Invoice.objects.get(pk=made.pk)
        assert invoice.buyer["name"] == "Ada & Söhne KG"
        assert invoice.seller["name"] == "Countermark Test GmbH"
        assert (invoice.tax_name, invoice.tax_rate, invoice.tax) == ("VAT", 2_000, 1_980)
        assert (invoice.due_on - invoice.created_at.date()).days == 14

    def test_who_has_said_nothing_is_called_by_their_name(self, owner: Person) -> None:
        assert make_invoice(owner.tenant).buyer["name"] == owner.tenant.name

    @pytest.mark.parametrize("table", ["billing_invoice", "billing_invoiceline"])
    @pytest.mark.parametrize("act", ["UPDATE {} SET tenant_id = tenant_id", "DELETE FROM {}"])
    def test_nothing_is_changed(self, owner: Person, table: str, act: str) -> None:
        make_invoice(owner.tenant)
        with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic():
            by_owner(act.format(table))
        with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic():
            connection.cursor().execute(act.format(table))

    def test_a_guard_that_is_down_is_found(self, owner: Person) -> None:
        by_owner("ALTER TABLE billing_invoice DISABLE TRIGGER USER")
        assert broken() == {"issued_guarded"}

    def test_a_failure_takes_no_number(self, owner: Person, stranger: Person) -> None:
        first = make_invoice(owner.tenant)
        with pytest.raises(RuntimeError), transaction.atomic():
            make_invoice(stranger.tenant)
            raise RuntimeError
        assert make_invoice(stranger.tenant).sequence == first.sequence + 1
        assert InvoiceCounter.objects.get(series="INV").last == 2

    def test_a_year_begins_with_one(self, owner: Person, stranger: Person, clock: Clock) -> None:
        clock.go_to("2027-12-31 23:59+00")
        assert make_invoice(owner.tenant).number == "INV-2027-000001"
        clock.go("2 minutes")
        assert make_invoice(stranger.tenant).number == "INV-2028-000001"

    def test_a_turn_is_billed_once(self, owner: Person) -> None:
        invoice = make_invoice(owner.tenant)
        with pytest.raises(IntegrityError, match="once_a_turn"), transaction.atomic():
            closing.issue_invoice(
                tenant_id=owner.tenant.pk,
                turn_at=invoice.turn_at,
                currency="EUR",
                charges=[closing.Charge("plan", "Again", 1, 5, 5)],
            )


class TestCredit:
    def test_all_of_it(self, owner: Person) -> None:
        invoice = make_invoice(owner.tenant)
        note = credit_invoice(actor=support(), invoice=invoice, reason="Sent in error")
        assert (note.number[:3], note.net, note.tax, note.total) == ("CN-", -9_900, -1_980, -11_880)
        assert (note.credits, note.reason, note.due_on) == (invoice, "Sent in error", None)
        assert left_of(invoice) == (0, 0)
        assert left_of(note) == (0, 0)
        with pytest.raises(NothingToCredit):
            credit_invoice(actor=support(), invoice=invoice, reason="Again")
        entry = AuditEntry.objects.get(action="credit_note.issued")
        assert entry.details["credits"] == invoice.number
        assert broken() == set()

    def test_parts_end_at_nothing_whatever_rounding_says(self, owner: Person, settings) -> None:
        settings.TAX_RATE = 1_937
        invoice = make_invoice(owner.tenant)
        for net in (3_333, 3_333, None):
            credit_invoice(actor=support(), invoice=invoice, reason="A third", net=net)
        assert left_of(invoice) == (0, 0)
        assert broken() == set()

    @pytest.mark.parametrize("net", [0, -1, 9_901])
    def test_no_more_than_was_charged(self, owner: Person, net: int) -> None:
        with pytest.raises(NothingToCredit):
            credit_invoice(actor=support(), invoice=make_invoice(owner.tenant), reason="x", net=net)

    def test_who_may(self, owner: Person) -> None:
        with pytest.raises(Forbidden):
            credit_invoice(actor=owner.user, invoice=make_invoice(owner.tenant), reason="x")

    def test_a_term_that_was_credited_is_not_credited_again(
        self, owner: Person, clock: Clock
    ) -> None:
        credit_invoice(actor=support(), invoice=make_invoice(owner.tenant), reason="A favour")
        change_plan(principal=owner.principal, plan_code="business", interval="yearly")
        clock.go("2 minutes")
        relay()
        assert [net for _, net, *_ in bills(owner.tenant)] == [9_900, -9_900, 99_000]


def test_rounding_is_half_away_from_nothing() -> None:
    assert [share(amount, 1, 2) for amount in (3, -3, 1, 0)] == [2, -2, 1, 0]
    assert (tax_on(1_025, 2_000), tax_on(-1_025, 2_000)) == (205, -205)
    assert (tax_on(3, 1_900), tax_on(2, 1_900)) == (1, 0)


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_of_several_relays_one_bills(self) -> None:
        tenants = [make_tenant() for _ in range(6)]
        for tenant in tenants:
            begin(tenant, "business")
            use(tenant, pages=200_500)
        back("1 month 2 minutes")
        Term.objects.update(settled_at="2026-01-01T00:00Z")
        together(*[close_periods] * 5)
        assert Invoice.objects.count() == len(tenants)
        assert InvoiceLine.objects.count() == len(tenants)
        assert sorted(Invoice.objects.values_list("sequence", flat=True)) == [1, 2, 3, 4, 5, 6]

    def test_uploads_at_the_end_of_a_month_are_billed_with_one_month_or_the_other(self) -> None:
        person = make_principal("owner")
        tenant = Tenant.objects.get(pk=person.tenant_id)
        begin(tenant, "business")
        use(tenant, pages=200_000)
        back("1 month 2 minutes")
        Term.objects.update(settled_at="2026-01-01T00:00Z")

        def work() -> None:
            for _ in range(5):
                use(tenant, pages=1_000)

        together(work, close_periods, work, close_periods)
        assert Quota.objects.count() == 2
        assert "invoice_pages_are_ledger" not in broken()
        assert Quota.objects.latest("starts_at").pages_used == 10_000

    def test_nothing_is_accepted_into_a_month_that_was_closed_meanwhile(self) -> None:
        tenant = make_tenant()
        begin(tenant, "business")
        use(tenant, pages=5)
        Quota.objects.update(closed_at="2026-01-01T00:00Z")
        with pytest.raises(Exception, match="."), transaction.atomic():
            reserve(tenant_id=tenant.pk, source="late", documents=1, pages=1)
        assert Quota.objects.get().pages_reserved == 0


def back(interval: str) -> None:
    """Let so much time have passed since everything that there is."""
    with connection.cursor() as cursor:
        for table, columns in (
            ("accounts_tenant", ["period_anchor_at"]),
            ("billing_quota", ["starts_at", "ends_at"]),
            ("billing_term", ["starts_at", "ends_at"]),
        ):
            sets = ", ".join(f"{column} = {column} - %s::interval" for column in columns)
            cursor.execute(f"UPDATE {table} SET {sets}", [interval] * len(columns))  # noqa: S608
        cursor.execute("UPDATE billing_subscription SET term_ends_at = NULL")


def together(*calls) -> None:
    def run(call) -> None:
        try:
            call()
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_what_there_was_before_invoices_is_not_billed(owner: Person, clock: Clock) -> None:
    """The migration's statements, on rows as the version before had them."""
    begin(owner.tenant, "pro")  # a trial, which sold further pages
    use(owner.tenant, pages=5)
    Tenant.objects.filter(pk=owner.tenant.pk).update(monthly_pages=None, page_price=150)
    Quota.objects.update(page_price=150)
    old = make_tenant()
    use(old, pages=7)
    Quota.objects.filter(tenant=old).update(
        starts_at="2026-01-01T00:00Z", ends_at="2026-02-01T00:00Z", page_price=1, included_pages=0
    )
    before = import_module("billing.migrations.0007_before_invoices")
    with connection.cursor() as cursor:
        cursor.execute(before.BEFORE_INVOICES)
        cursor.execute(before.TRIALS)
    owner.tenant.refresh_from_db()
    assert (owner.tenant.monthly_pages, owner.tenant.page_price) == (20_000, None)
    assert Quota.objects.get(tenant=owner.tenant).page_price is None
    assert Quota.objects.get(tenant=old).billed is None
    clock.go("2 minutes")
    assert relay() == 0
    assert not Invoice.objects.exists()
    assert broken() == set()
