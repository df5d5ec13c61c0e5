"""The requests that the fake Stripe knows, each as a function of what is there and was given."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from billing.tests.payments.fake_things import TRUE, Json, Refused, bounds, dated, listed

if TYPE_CHECKING:
    from billing.tests.payments.fake_stripe import FakeStripe


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
