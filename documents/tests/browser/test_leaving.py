"""The page between ours and the payment service's, in a real browser, with a Stripe of our own."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.tests.cast import Person
from billing.services.subscriptions import begin_subscription
from billing.tests.payments.conftest import fake, shop, stripe_server
from billing.tests.payments.fake_stripe import FakeStripe
from documents.tests.browser.test_pages import inspect
from documents.tests.browser.tour import Stop
from documents.tests.browser.visitor import Visitors

__all__ = ["fake", "shop", "stripe_server"]


@pytest.mark.browser
def test_the_way_to_the_payment_service(
    live: Any, shop: FakeStripe, visitors: Visitors, ada: Person
) -> None:
    begin_subscription(tenant=ada.tenant)
    page = visitors.open(ada)
    # An answer without a page: the browser stays where it is, so that there is something to see.
    page.route("**/pay/**", lambda route: route.fulfill(status=204))

    def leave(page: Page) -> None:
        with page.expect_request("**/pay/**"):  # it goes on by itself
            page.get_by_role("button", name=re.compile("Choose monthly.*Pro")).click()
        expect(page.get_by_role("heading", name="To the payment service")).to_be_visible()

    assert inspect(page, Stop("leave", "/billing/", act=leave)) == []
    (session, *_) = shop.all("checkout.session")
    assert page.get_by_role("link", name="Go on").get_attribute("href") == session["url"]
    page.get_by_role("link", name="Back to your plan").click()
    expect(page.get_by_role("heading", name="Plan and spending")).to_be_visible()
