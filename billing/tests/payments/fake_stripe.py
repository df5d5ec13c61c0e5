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
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import stripe

KEY = "sk_test_fake"
SECRET = "whsec_fake"
Json = dict[str, Any]
LENGTHS = {"month": 30, "year": 365}


class Refused(Exception):
    """An answer with an error."""

    def __init__(
        self, status: int, message: str, code: str = "", kind: str = "", param: str = ""
    ) -> None:
        self.status = status
        kind = kind or ("api_error" if status >= 500 else "invalid_request_error")
        self.body = {
            "error": {
                "type": kind,
                "message": message,
                "code": code or None,
                "param": param or None,
            }
        }


def missing(what: str) -> Refused:
    return Refused(404, f"No such {what}", "resource_missing", param=what)


class FakeStripe:
    """The state, and the server in front of it."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self.forget()
        self._lock = threading.RLock()
        handler = type("Handler", (_Handler,), {"fake": self})
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

    def all(self, kind: str) -> list[Json]:
        return [each for each in self.things.values() if each["object"] == kind]

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

    def id(self, prefix: str) -> str:
        return f"{prefix}_{next(self._numbers):04d}"

    def get(self, thing_id: str, kind: str) -> Json:
        found = self.things.get(thing_id)
        if found is None or found["object"] != kind:
            raise missing(kind)
        return found

    def make(self, prefix: str, kind: str, **fields: Any) -> Json:
        made = {"id": fields.pop("id", None) or self.id(prefix), "object": kind, **fields}
        if made["id"] in self.things:
            raise Refused(400, "It already exists", "resource_already_exists")
        self.things[made["id"]] = made
        return made

    # --- What subscriptions do -----------------------------------------------------------

    def _subscribe(self, customer: str, lines: list[Json], trial_days: int) -> Json:
        prices = [self.get(line["price"], "price") for line in lines]
        if len({p["recurring"]["interval"] for p in prices}) > 1:
            raise Refused(400, "Prices must have the same interval")
        begins = self.now()
        length = LENGTHS[prices[0]["recurring"]["interval"]]
        ends = begins + 86400 * (trial_days or length)
        made = self.make(
            "sub",
            "subscription",
            customer=customer,
            status="trialing" if trial_days else "active",
            created=begins,
            items=[{"id": self.id("si"), "price": p["id"]} for p in prices],
            begins=begins,
            ends=ends,
            cancel_at_period_end=False,
            cancel_at=None,
            schedule=None,
            latest_invoice=None,
            pending_update=None,
        )
        self._bill(made)
        self._emit("customer.subscription.created", made)
        return made

    def _price_of(self, subscription: Json) -> Json:
        prices = [self.things[item["price"]] for item in subscription["items"]]
        return next(p for p in prices if p["recurring"].get("usage_type") != "metered")

    def _bill(self, subscription: Json) -> Json:
        free = subscription["status"] == "trialing"
        amount = 0 if free else self._price_of(subscription)["unit_amount"]
        invoice = self.make(
            "in",
            "invoice",
            number=f"FAKE-{next(self._numbers):04d}",
            customer=subscription["customer"],
            subscription=subscription["id"],
            status="open",
            total=amount,
            amount_paid=0,
            currency="eur",
            created=self.now(),
            hosted_invoice_url="",
            invoice_pdf="",
            status_transitions={"paid_at": None},
        )
        invoice["hosted_invoice_url"] = f"{self.url}/i/{invoice['id']}"
        subscription["latest_invoice"] = invoice["id"]
        if not amount or self.cards.get(subscription["customer"], "ok") == "ok":
            self._pay_invoice(invoice)
        else:
            self._emit("invoice.payment_failed", invoice)
        return invoice

    def _pay_invoice(self, invoice: Json) -> None:
        invoice |= {"status": "paid", "amount_paid": invoice["total"]}
        invoice["status_transitions"] = {"paid_at": self.now()}
        self._emit("invoice.paid", invoice)
        subscription = self.things[invoice["subscription"]]
        if subscription.get("pending_update"):
            subscription |= subscription.pop("pending_update") | {"pending_update": None}
            self._emit("customer.subscription.updated", subscription)
        elif subscription["status"] in ("past_due", "unpaid"):
            subscription["status"] = "active"
            self._emit("customer.subscription.updated", subscription)

    def _is_due(self, subscription: Json) -> bool:
        return subscription["status"] != "canceled" and subscription["ends"] <= self.now()

    def _end_period(self, subscription: Json) -> None:
        if subscription["cancel_at_period_end"]:
            subscription["status"] = "canceled"
            self._emit("customer.subscription.deleted", subscription)
            return
        if subscription["schedule"]:
            self._go_on(subscription, self.things[subscription["schedule"]])
        subscription["status"] = "active"
        length = LENGTHS[self._price_of(subscription)["recurring"]["interval"]]
        subscription["begins"] = subscription["ends"]
        subscription["ends"] += 86400 * length
        if self._bill(subscription)["status"] == "open":
            subscription["status"] = "past_due"
        self._emit("customer.subscription.updated", subscription)

    def _go_on(self, subscription: Json, schedule: Json) -> None:
        """Let the next phase of a schedule begin; after the last one it is released."""
        later = [p for p in schedule["phases"] if p["start_date"] >= subscription["ends"]]
        if not later:
            schedule |= {"status": "released", "current_phase": None}
            subscription["schedule"] = None
            return
        schedule["current_phase"] = bounds(later[0])
        subscription["items"] = [
            {"id": self.id("si"), "price": item["price"]} for item in later[0]["items"]
        ]

    def _change(self, subscription: Json, given: Json) -> None:
        if subscription["schedule"] and "cancel_at_period_end" in given:
            raise Refused(400, "The subscription is managed by the subscription schedule")
        if subscription["status"] == "canceled":
            raise missing("subscription")
        if "cancel_at_period_end" in given:
            subscription["cancel_at_period_end"] = str(given["cancel_at_period_end"]) in TRUE
        if "items" in given:
            self._change_items(subscription, given)
        self._emit("customer.subscription.updated", subscription)

    def _change_items(self, subscription: Json, given: Json) -> None:
        items = {item["id"]: dict(item) for item in subscription["items"]}
        for each in given["items"]:
            if each.get("deleted") in TRUE:
                del items[each["id"]]
            elif "id" in each:
                items[each["id"]]["price"] = self.get(each["price"], "price")["id"]
            else:
                new = self.id("si")
                items[new] = {"id": new, "price": self.get(each["price"], "price")["id"]}
        changed: Json = {"items": list(items.values())}
        begins = given.get("billing_cycle_anchor") == "now" or given.get("trial_end") == "now"
        if begins:
            price = self._price_of(changed)
            length = LENGTHS[price["recurring"]["interval"]]
            changed |= {"begins": self.now(), "ends": self.now() + 86400 * length}
            changed["status"] = "active"
        if given.get("proration_behavior") != "always_invoice":
            subscription |= changed
            return
        if self.cards.get(subscription["customer"], "ok") == "ok":
            subscription |= changed
            self._bill(subscription)
            return
        assert given.get("payment_behavior") == "pending_if_incomplete"
        kept = {name: subscription[name] for name in changed}
        subscription |= changed
        self._bill(subscription)
        subscription |= kept | {"pending_update": changed}

    def _emit(self, kind: str, thing: Json) -> None:
        self.events.append(
            {
                "id": self.id("evt"),
                "object": "event",
                "type": kind,
                "created": self.now(),
                "livemode": False,
                "api_version": "2026-10-28.endive",
                "data": {"object": self.shown(thing)},
            }
        )

    def shown(self, thing: Json, expand: tuple[str, ...] = ()) -> Json:
        """Return a thing as Stripe shows it."""
        if thing["object"] != "subscription":
            return copy.deepcopy(thing)
        out = {k: v for k, v in copy.deepcopy(thing).items() if k not in ("begins", "ends")}
        period = {"current_period_start": thing["begins"], "current_period_end": thing["ends"]}
        out["items"] = listed(
            [
                {
                    "id": item["id"],
                    "object": "subscription_item",
                    "price": copy.deepcopy(self.things[item["price"]]),
                    **period,
                }
                for item in thing["items"]
            ]
        )
        for name in expand:
            if out.get(name):
                out[name] = copy.deepcopy(self.things[out[name]])
        return out


TRUE = ("true", "True", True)


def listed(things: list[Json]) -> Json:
    return {"object": "list", "data": things, "has_more": False, "url": "/v1"}


def _customers(fake: FakeStripe, given: Json) -> Json:
    return fake.make("cus", "customer", **given, created=fake.now())


def _update_customer(fake: FakeStripe, given: Json, customer_id: str) -> Json:
    if given.get("email", "").endswith(".invalid"):
        raise Refused(400, "Invalid email address", "email_invalid", param="email")
    fake.get(customer_id, "customer").update(given)
    return fake.things[customer_id]


def _open_session(fake: FakeStripe, given: Json) -> Json:
    fake.get(given["customer"], "customer")
    assert given["mode"] == "subscription"
    for line in given["line_items"]:
        price = fake.get(line["price"], "price")
        if price["recurring"].get("usage_type") == "metered" and "quantity" in line:
            raise Refused(400, "Quantity should not be specified where usage_type is metered")
    made = fake.make("cs", "checkout.session", **given, status="open", subscription=None)
    made["url"] = f"{fake.url}/pay/{made['id']}"
    return made


def _expire_session(fake: FakeStripe, given: Json, session_id: str) -> Json:
    session = fake.get(session_id, "checkout.session")
    if session["status"] != "open":
        raise Refused(400, "Only Checkout Sessions with a status of open can be expired")
    session["status"] = "expired"
    return session


def _expansion(given: Json) -> tuple[str, ...]:
    return tuple(each.rpartition(".")[2] for each in given.get("expand", []))


def _subscriptions(fake: FakeStripe, given: Json) -> Json:
    fake.get(given["customer"], "customer")
    mine = [s for s in fake.all("subscription") if s["customer"] == given["customer"]]
    return listed([fake.shown(each, _expansion(given)) for each in reversed(mine)])


def _update_subscription(fake: FakeStripe, given: Json, subscription_id: str) -> Json:
    subscription = fake.get(subscription_id, "subscription")
    fake._change(subscription, given)
    return fake.shown(subscription, _expansion(given))


def _make_schedule(fake: FakeStripe, given: Json) -> Json:
    subscription = fake.get(given["from_subscription"], "subscription")
    if subscription["schedule"]:
        raise Refused(400, "This subscription is already attached to a schedule")
    phase = {"start_date": subscription["begins"], "end_date": subscription["ends"]}
    phase["items"] = [{"price": item["price"]} for item in subscription["items"]]
    fields = {"subscription": subscription["id"], "customer": subscription["customer"]}
    made = fake.make("sched", "subscription_schedule", status="active", phases=[phase], **fields)
    made["current_phase"] = bounds(phase)
    subscription["schedule"] = made["id"]
    return made


def _update_schedule(fake: FakeStripe, given: Json, schedule_id: str) -> Json:
    schedule = fake.get(schedule_id, "subscription_schedule")
    now = schedule["current_phase"]
    if {name: int(given["phases"][0][name]) for name in now} != now:
        # Those of the past may be left out, or said as they were; we leave them out.
        raise Refused(400, "You can not modify the dates of the current phase")
    schedule["phases"] = dated(given["phases"])
    fake._emit("subscription_schedule.updated", schedule)
    return schedule


def dated(phases: list[Json]) -> list[Json]:
    """Return phases with both their ends, each beginning where the one before has ended."""
    out: list[Json] = []
    for phase in phases:
        begins = int(phase["start_date"]) if "start_date" in phase else out[-1]["end_date"]
        ends = int(phase.get("end_date") or 0)
        if not ends:
            ends = begins + 86400 * LENGTHS[phase["duration"]["interval"]]
        out.append(phase | {"start_date": begins, "end_date": ends})
    return out


def bounds(phase: Json) -> Json:
    return {name: phase[name] for name in ("start_date", "end_date")}


def _release_schedule(fake: FakeStripe, given: Json, schedule_id: str) -> Json:
    schedule = fake.get(schedule_id, "subscription_schedule")
    if schedule["status"] != "active":
        raise Refused(400, "You cannot release a schedule that is over")
    schedule |= {"status": "released", "current_phase": None}
    fake.things[schedule["subscription"]]["schedule"] = None
    return schedule


def _open_portal(fake: FakeStripe, given: Json) -> Json:
    fake.get(given["customer"], "customer")
    made = fake.make("bps", "billing_portal.session", **given)
    return made | {"url": f"{fake.url}/portal/{made['id']}"}


def _count(fake: FakeStripe, given: Json) -> Json:
    fake.get(given["payload"]["stripe_customer_id"], "customer")
    if given["identifier"] in fake.meter_events:
        raise Refused(400, f"An event already exists with identifier {given['identifier']}")
    if not -300 < fake.now() - int(given["timestamp"]) < 35 * 86400:
        raise Refused(400, "The timestamp is too old or too new", "timestamp_too_far")
    fake.meter_events[given["identifier"]] = given
    return {"object": "billing.meter_event", **given}


def _update(kind: str) -> Callable[..., Json]:
    def update(fake: FakeStripe, given: Json, thing_id: str) -> Json:
        fake.get(thing_id, kind).update(given)
        return fake.things[thing_id]

    return update


def _make_price(fake: FakeStripe, given: Json) -> Json:
    fake.get(given["product"], "product")
    for other in fake.all("price"):
        if other.get("lookup_key") == given["lookup_key"]:
            assert given["transfer_lookup_key"] in TRUE
            other["lookup_key"] = None
    return fake.make(
        "price", "price", active=True, **given | {"unit_amount": int(given["unit_amount"])}
    )


def _list_prices(fake: FakeStripe, given: Json) -> Json:
    return listed([p for p in fake.all("price") if p["lookup_key"] in given["lookup_keys"]])


def _invoices(fake: FakeStripe, given: Json) -> Json:
    mine = [i for i in fake.all("invoice") if i["customer"] == given["customer"]]
    return listed([i for i in reversed(mine) if i["status"] == given["status"]])


def _get(kind: str) -> Callable[..., Json]:
    return lambda fake, given, thing_id: fake.get(thing_id, kind)


ROUTES: list[tuple[str, str, Callable[..., Any]]] = [
    ("/v1/customers", "POST", _customers),
    ("/v1/customers/([^/]+)", "POST", _update_customer),
    ("/v1/checkout/sessions", "POST", _open_session),
    ("/v1/checkout/sessions/([^/]+)/expire", "POST", _expire_session),
    ("/v1/subscriptions", "GET", _subscriptions),
    ("/v1/subscriptions/([^/]+)", "POST", _update_subscription),
    ("/v1/subscription_schedules", "POST", _make_schedule),
    ("/v1/subscription_schedules/([^/]+)", "GET", _get("subscription_schedule")),
    ("/v1/subscription_schedules/([^/]+)", "POST", _update_schedule),
    ("/v1/subscription_schedules/([^/]+)/release", "POST", _release_schedule),
    ("/v1/billing_portal/sessions", "POST", _open_portal),
    ("/v1/billing/meter_events", "POST", _count),
    ("/v1/billing/meters", "GET", lambda fake, given: listed(fake.all("billing.meter"))),
    ("/v1/billing/meters", "POST", lambda fake, given: fake.make("mtr", "billing.meter", **given)),
    ("/v1/products", "POST", lambda fake, given: fake.make("prod", "product", **given)),
    ("/v1/products/([^/]+)", "POST", _update("product")),
    ("/v1/prices", "GET", _list_prices),
    ("/v1/prices", "POST", _make_price),
    ("/v1/invoices", "GET", _invoices),
]


class _Handler(BaseHTTPRequestHandler):
    fake: FakeStripe
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer("GET", urlsplit(self.path).query)

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        self._answer("POST", self.rfile.read(length).decode())

    def _answer(self, method: str, query: str) -> None:
        path = urlsplit(self.path).path
        fault = self._fault(path)
        if fault == "drop":
            self.close_connection = True
            return
        if fault in ("500", "429", "402"):
            self._send(int(fault), Refused(int(fault), "Ordered").body)
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            status, body = 200, self.fake.answer(method, path, nested(query), headers)
        except Refused as refused:
            status, body = refused.status, refused.body
        self.fake.arrived.set()
        if fault == "hang":
            time.sleep(30)
        if fault == "forget":
            self.close_connection = True
            return
        self._send(status, body)

    def _fault(self, path: str) -> str:
        for index, (pattern, how) in enumerate(self.fake.faults):
            if re.fullmatch(pattern, path):
                del self.fake.faults[index]
                return how
        return ""

    def _send(self, status: int, body: Any) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.send_header("Request-Id", "req_fake")
        if status == 500:
            self.send_header("Stripe-Should-Retry", "true")
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


def nested(query: str) -> Json:
    """Return what a form says in Stripe's way of writing: ``items[0][price]=x``."""
    out: Json = {}
    for key, value in parse_qsl(query, keep_blank_values=True):
        parts = re.findall(r"[^\[\]]+", key)
        place: Any = out
        for part in parts[:-1]:
            place = place.setdefault(part, {})
        place[parts[-1]] = value
    return _lists(out)


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {key: _lists(each) for key, each in value.items()}
    if inner and all(key.isdigit() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner


def running() -> Iterator[FakeStripe]:
    """Run one; for a fixture."""
    fake = FakeStripe()
    try:
        yield fake
    finally:
        fake.close()
