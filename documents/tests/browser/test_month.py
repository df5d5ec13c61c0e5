"""The pages of a workspace that has lived through its first months, in a browser."""

from __future__ import annotations

import pytest

from accounts.tests.cast import Person
from billing.models import Invoice
from billing.tests.month import play, shift
from documents.tests.browser.visitor import Visitors

WIDTHS = (390, 1280)


@pytest.mark.browser
def test_what_was_played_is_what_is_seen(visitors: Visitors, ada: Person) -> None:
    play(ada, shift)
    numbers = [invoice.number for invoice in Invoice.objects.all()]
    assert len(numbers) == 4
    for width in WIDTHS:
        page = visitors.open(ada, width=width)
        page.goto("/billing/")
        page.get_by_role("link", name="Invoices").click()
        for text in (*numbers, "€22.80", "€136.80", "€124.08"):
            assert page.get_by_text(text, exact=True).first.is_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        with page.expect_download() as download:
            page.get_by_role("link", name=f"PDF of {numbers[-1]}").click()
        assert download.value.suggested_filename == f"{numbers[-1]}.pdf"
        page.goto("/usage/")
        page.get_by_text("255,540").first.wait_for()
        page.goto("/billing/")
        page.get_by_role("heading", name="Business").first.wait_for()
        page.context.close()
