"""While Stripe takes its time over a change, what else a workspace does goes on."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from threading import Thread
from typing import Any

import pytest
from django.db import connection, connections, transaction

from accounts.models import Tenant
from billing.models import BillingDetails
from billing.providers.stripe import provider
from billing.services.billing_details import change_billing_details
from billing.tests.payments.conftest import Buyer

pytestmark = pytest.mark.django_db(transaction=True)
_WAITS_FOR_US = """
    SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))
"""


class Aside:
    """A call in a thread of its own, and what it raised."""

    def __init__(self, call: Callable[[], object]) -> None:
        self._call = call
        self.error: Exception | None = None
        self._thread = Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._call()
        except Exception as error:
            self.error = error
        finally:
            connections.close_all()

    def end(self) -> None:
        """Wait for its end; raises what it raised."""
        self._thread.join(20)
        assert not self._thread.is_alive()
        if self.error:
            raise self.error

    def wait_until_it_waits_for_us(self) -> None:
        """Return once it waits for a lock of ours, or has ended."""
        give_up_at = time.monotonic() + 10
        with connection.cursor() as cursor:
            while self._thread.is_alive() and time.monotonic() < give_up_at:
                cursor.execute(_WAITS_FOR_US)
                if cursor.fetchone():
                    return
                time.sleep(0.01)


def test_billing_details_and_a_change_of_plan_do_not_stop_each_other(
    buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    buyer.buy("pro")
    read = provider.read_remote
    asides: list[Aside] = []
    seen: list[bool] = []

    def read_while_somebody_saves(customer_id: str) -> Any:
        if not asides:
            asides.append(Aside(lambda: save(buyer)))
            asides[0].wait_until_it_waits_for_us()
            seen.append(BillingDetails.objects.filter(email="books@acme.example").exists())
        return read(customer_id)

    monkeypatch.setattr(provider, "read_remote", read_while_somebody_saves)
    assert buyer.choose("business") is None
    asides[0].end()
    assert buyer.plan == ("business", "active")
    assert seen == [True]  # saved, whatever Stripe is still at


@pytest.mark.parametrize("keyed", [False, True], ids=["alone", "within the request's transaction"])
def test_nobody_waits_for_a_checkout_with_the_tenants_row_locked(
    buyer: Buyer, monkeypatch: pytest.MonkeyPatch, keyed: bool
) -> None:
    paid = buyer.buy("pro")
    buyer.fake.things[paid["id"]]["status"] = "canceled"  # and no event came
    start = provider.start_checkout

    def start_while_somebody_locks(**given: Any) -> str:
        Aside(lambda: lock_at_once(buyer)).end()
        return start(**given)

    monkeypatch.setattr(provider, "start_checkout", start_while_somebody_locks)
    with transaction.atomic() if keyed else nullcontext():
        assert "/pay/" in (buyer.choose("pro") or "")
    assert buyer.plan == ("free", "active")


def save(buyer: Buyer) -> None:
    changes = {"email": "books@acme.example"}
    change_billing_details(principal=buyer.person.principal, changes=changes, seen=None)


def lock_at_once(buyer: Buyer) -> None:
    with transaction.atomic():
        Tenant.objects.select_for_update(no_key=True, nowait=True).get(pk=buyer.person.tenant.pk)
