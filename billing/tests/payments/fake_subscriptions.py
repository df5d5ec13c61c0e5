"""What subscriptions do by themselves and when they are changed: periods, invoices, phases."""

from __future__ import annotations

import copy
import itertools
from typing import Any

from billing.tests.payments.fake_things import LENGTHS, TRUE, Json, Refused, bounds, listed, missing


class Store:
    """The things that there are, and the events that tell of them."""

    url: str
    things: dict[str, Json]
    events: list[Json]
    cards: dict[str, str]
    _numbers: itertools.count[int]

    def now(self) -> int:
        raise NotImplementedError

    def all(self, kind: str) -> list[Json]:
        return [each for each in self.things.values() if each["object"] == kind]

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


class Subscriptions(Store):
    """Their lives."""

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
