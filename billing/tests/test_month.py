"""The whole month of a tenant: trial, paid, over the cap, upgrade, invoices, with their figures."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from accounts.tests.cast import Person
from billing.models import Invoice, UsageAlert
from billing.services.drawing import draw_invoice
from billing.tests.clock import Clock
from billing.tests.month import play
from config.invariants import look_at_invariants

pytestmark = pytest.mark.django_db


def test_a_month_comes_to_what_it_should(owner: Person, clock: Clock) -> None:
    clock.go_to("2027-03-01 09:00+00")
    play(owner, clock.go)
    found = Invoice.objects.order_by("created_at", "series", "sequence")
    documents = {each.number: each for each in found}
    assert {number: (each.net, each.tax, each.total) for number, each in documents.items()} == {
        "INV-2027-000001": (1_900, 380, 2_280),  # Pro, from the end of the trial
        "INV-2027-000002": (11_400, 2_280, 13_680),  # Business, and 10,000 pages of Pro
        "CN-2027-000001": (-1_287, -257, -1_544),  # 21 of the 31 days of Pro
        "INV-2027-000003": (10_340, 2_068, 12_408),  # Business, and 5,500 of its pages
    }
    lines = {
        number: [(line.text, line.quantity, line.amount) for line in each.lines.all()]
        for number, each in documents.items()
    }
    assert lines["INV-2027-000002"] == [
        ("Business, one month", 1, 9_900),
        ("Pages beyond the 20,000 included", 10_000, 1_500),
    ]
    assert lines["CN-2027-000001"] == [("Pro, unused time", -1, -1_287)]
    assert lines["INV-2027-000003"][1] == ("Pages beyond the 200,000 included", 5_500, 440)
    assert documents["CN-2027-000001"].credits.number == "INV-2027-000001"
    reached = UsageAlert.objects.filter(unit="spend").values_list("percent", flat=True)
    assert sorted(reached) == [50, 100]  # each level once a month: the cap, and the higher cap
    assert {each.name for each in look_at_invariants() if each.status != "held"} == set()

    words = PdfReader(io.BytesIO(draw_invoice(documents["INV-2027-000002"]))).pages[0]
    for word in ("15 March – 25 April 2027", "10,000", "€1.50 / 1,000", "€15.00", "€136.80"):
        assert word in words.extract_text()


def test_its_pages_say_so(owner: Person, clock: Clock) -> None:
    clock.go_to("2027-03-01 09:00+00")
    play(owner, clock.go)
    html = owner.client.get("/billing/invoices/").content.decode()
    for word in ("€22.80", "€136.80", "−€15.44", "€124.08", "Credit note for INV-2027-000001"):
        assert word in html
    plan = owner.client.get("/billing/").content.decode()
    assert "Business" in plan and "of 200,000 included" in plan
