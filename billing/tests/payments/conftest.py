"""A fake Stripe, and a workspace that pays there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from accounts.tests.cast import Person, member, owner, staff, stranger, tenant, viewer
from billing.models import Plan, ProviderAccount, Subscription
from billing.providers import current, report_further_pages, take_payments_on
from billing.providers.stripe.prices import publish_prices
from billing.services.subscriptions import begin_subscription
from billing.tests.clock import Clock
from billing.tests.payments.fake_stripe import KEY, SECRET, FakeStripe, Json, running

__all__ = ["member", "owner", "staff", "stranger", "tenant", "viewer"]
EVENTS = "/billing/events/"


@pytest.fixture(scope="session")
def stripe_server() -> Iterator[FakeStripe]:
    yield from running()


@pytest.fixture
def fake(stripe_server: FakeStripe, settings: Any) -> FakeStripe:
    """Return a Stripe that knows nobody yet, and let the settings name it."""
    stripe_server.forget()
    settings.PAYMENT_PROVIDER = "stripe"
    settings.STRIPE_SECRET_KEY = KEY
    settings.STRIPE_WEBHOOK_SECRETS = [SECRET]
    settings.STRIPE_API_URL = stripe_server.url
    settings.STRIPE_TIMEOUT_SECONDS = 2
    return stripe_server


@pytest.fixture
def shop(db: None, fake: FakeStripe) -> FakeStripe:
    """Return a Stripe that has our prices; trials are for their own tests."""
    Plan.objects.update(trial_days=0)
    publish_prices()
    return fake


@pytest.fixture
def clock(db: None) -> Clock:
    return Clock()


class Buyer:
    """A workspace at the shop, what it has there, and the events that come of it."""

    def __init__(self, person: Person, fake: FakeStripe) -> None:
        self.person, self.fake = person, fake
        self._told = len(fake.events)
        self._days = 0
        begin_subscription(tenant=person.tenant)

    def choose(self, plan: str, interval: str = "monthly") -> str | None:
        return current().change_plan(
            principal=self.person.principal, plan_code=plan, interval=interval
        )

    def buy(self, plan: str, interval: str = "monthly") -> Json:
        """Choose a plan and pay for it."""
        url = self.choose(plan, interval)
        assert url
        subscription = self.fake.pay(url.rpartition("/")[2])
        self.hear()
        return subscription

    def hear(self) -> None:
        """Have what has happened sent to us, and worked off."""
        for event in self.news():
            assert send(self.fake, event).status_code == 200
        take_payments_on()

    def news(self) -> list[Json]:
        fresh = self.fake.events[self._told :]
        self._told = len(self.fake.events)
        return fresh

    def go(self, clock: Clock, days: int, *, only_here: bool = False) -> None:
        """Let days pass; ``only_here``: Stripe does nothing at their end."""
        self._days += days
        clock.go_ahead(f"{self._days} days")
        if only_here:
            self.fake.ahead += days * 86400
        else:
            self.fake.go(days=days)

    @property
    def plan(self) -> tuple[str, str]:
        """The plan, and how it stands."""
        found = Subscription.objects.get(tenant=self.person.tenant)
        return found.plan_id, found.state

    @property
    def subscription(self) -> Subscription:
        return Subscription.objects.get(tenant=self.person.tenant)

    @property
    def account(self) -> ProviderAccount:
        return ProviderAccount.objects.get(tenant=self.person.tenant)


@pytest.fixture
def buyer(owner: Person, shop: FakeStripe) -> Buyer:
    return Buyer(owner, shop)


def send(fake: FakeStripe, event: Json, **how: Any) -> Any:
    """Send an event as Stripe would."""
    body, signature = fake.signed(event, **how)
    return post(body, signature)


def post(body: bytes, signature: str) -> Any:
    return Client().post(
        EVENTS,
        body,
        content_type="application/json",
        headers={"Stripe-Signature": signature},
    )


__all__ += ["report_further_pages", "take_payments_on"]
