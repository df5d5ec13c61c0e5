"""A small Stripe that remembers: real HTTP, as much of the API as we use, and its refusals.

It has a clock of its own (``go``), customers who pay (``pay``) or whose card fails (``cards``), and
faults to order (``fail``). Events are kept in ``events``; ``signed`` gives what would be sent.
"""

from __future__ import annotations

import copy
import itertools
import json
import re
import threading
import time
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from typing import Any

import stripe

from billing.tests.payments.fake_http import Handler
from billing.tests.payments.fake_routes import ROUTES
from billing.tests.payments.fake_subscriptions import Subscriptions
from billing.tests.payments.fake_things import KEY, SECRET, Json, Refused

__all__ = ["KEY", "SECRET", "FakeStripe", "Json", "running"]


class FakeStripe(Subscriptions):
    """The state, and the server in front of it."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self.forget()
        self._lock = threading.RLock()
        handler = type("Handler", (Handler,), {"fake": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def forget(self) -> None:
        """Know nobody any more."""
        self.things: dict[str, Json] = {}
        self.events: list[Json] = []
        self.requests: list[tuple[str, str, Json, dict[str, str]]] = []
        self.cards: dict[str, str] = {}  # by customer: "ok", "declined", "asks"
        self.meter_events: dict[str, Json] = {}
        self.faults: list[tuple[str, str]] = []
        self.answers: dict[str, tuple[int, Json]] = {}
        self.ahead = 0.0
        self.arrived = threading.Event()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    # --- What tests do ------------------------------------------------------------------

    def now(self) -> int:
        return int(time.time() + self.ahead)

    def go(self, *, days: float) -> None:
        """Let time pass, and what is due with it."""
        self.ahead += days * 86400
        with self._lock:
            for subscription in self.all("subscription"):
                while self._is_due(subscription):
                    self._end_period(subscription)

    def fail(self, path: str, how: str, times: int = 1) -> None:
        """Order faults: 500, 429, 402, "hang", "drop" before and "forget" after doing it."""
        self.faults += [(path, how)] * times

    def pay(self, session_id: str) -> Json:
        """Be the customer on the page of a checkout; return the subscription."""
        session = self.things[session_id]
        assert session["status"] == "open", "nobody can pay there any more"
        data = session["subscription_data"]
        subscription = self._subscribe(
            session["customer"], session["line_items"], int(data.get("trial_period_days", 0))
        )
        session |= {"status": "complete", "subscription": subscription["id"]}
        self._emit("checkout.session.completed", session)
        return subscription

    def set_card(self, customer: str, card: str) -> None:
        """Let the customer's card be "ok", "declined" or one that "asks"; pay what is open."""
        self.cards[customer] = card
        if card != "ok":
            return
        for invoice in self.all("invoice"):
            if invoice["customer"] == customer and invoice["status"] == "open":
                self._pay_invoice(invoice)

    def edit(self, subscription_id: str, **changes: Any) -> None:
        """Be the dashboard or the portal: change a subscription."""
        self._change(self.things[subscription_id], changes)

    def swap(self, subscription_id: str, old: str, new: str) -> None:
        """Be the portal or the dashboard: take another price."""
        subscription = self.things[subscription_id]
        item = next(i for i in subscription["items"] if i["price"] == old)
        self._change(subscription, {"items": [{"id": item["id"], "price": new}]})

    def metered(self, customer: str) -> int:
        """Return the sum of what was counted for a customer."""
        mine = (e["payload"] for e in self.meter_events.values())
        return sum(int(p["value"]) for p in mine if p["stripe_customer_id"] == customer)

    def signed(
        self, event: Json, *, secret: str = SECRET, at: int | None = None
    ) -> tuple[bytes, str]:
        """Return body and header of a webhook, signed by the reference library."""
        body = json.dumps(event)
        header = stripe.WebhookSignature.generate_signature_header(body, secret, at)
        return body.encode(), header

    # --- Answering ------------------------------------------------------------------------

    def answer(self, method: str, path: str, given: Json, headers: dict[str, str]) -> Any:
        with self._lock:
            self.requests.append((method, path, given, headers))
            if headers.get("authorization") != f"Bearer {KEY}":
                raise Refused(401, "Invalid API key")
            same = headers.get("idempotency-key", "") if method == "POST" else ""
            if same and same in self.answers:
                return self.answers[same][1]
            for pattern, what, function in ROUTES:
                found = re.fullmatch(pattern, path)
                if found and what == method:
                    body = copy.deepcopy(function(self, given, *found.groups()))
                    if same:
                        self.answers[same] = (200, body)
                    return body
            raise Refused(404, f"Unrecognized request URL ({method}: {path})")


def running() -> Iterator[FakeStripe]:
    """Run one; for a fixture."""
    fake = FakeStripe()
    try:
        yield fake
    finally:
        fake.close()
