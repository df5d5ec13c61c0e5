"""The webhook inbox: anybody may send here, so the signature decides before anything is read.

An event is kept once, by its id, in one statement; whoever looks after accounts does the rest.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import stripe
from django.conf import settings
from django.db import connection

from billing.providers.interface import BadProviderEvent
from billing.providers.stripe.client import NAME, log
from config.database.reach import all_tenants

# Stripe's own library says five minutes; an older one was recorded and is played again.
TOLERANCE_SECONDS = 300
OF_CUSTOMERS = (
    "checkout.session.",
    "customer.subscription.",
    "customer.deleted",
    "subscription_schedule.",
    "invoice.",
)
_KEEP = """
    INSERT INTO billing_providerevent
        (id, provider, type, object_id, customer_id, state, note, happened_at, received_at)
    SELECT %(id)s, %(provider)s, %(type)s, %(object)s, %(customer)s,
        CASE WHEN account.id IS NULL THEN 'ignored'
            WHEN %(reference)s NOT IN ('', account.tenant_id::text) THEN 'refused'
            ELSE 'pending' END,
        CASE WHEN account.id IS NOT NULL AND %(reference)s NOT IN ('', account.tenant_id::text)
            THEN 'It names another workspace than the customer''s.' ELSE '' END,
        %(happened)s, statement_timestamp()
    FROM (SELECT) nothing LEFT JOIN billing_provideraccount account
        ON account.provider = %(provider)s AND account.customer_id = %(customer)s
    ON CONFLICT (id) DO NOTHING
    RETURNING state
"""


def receive(*, body: bytes, signature: str) -> None:
    """Keep an event, unless it is there or none of ours. Raises BadProviderEvent."""
    _verify(body, signature)
    try:
        event = json.loads(body)
        thing = event["data"]["object"]
        kept = _facts(event, thing)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        raise BadProviderEvent from None
    if not kept["type"].startswith(OF_CUSTOMERS) or not kept["customer"]:
        return
    if event.get("livemode") is not _is_live():
        log.warning("stripe_event_of_other_mode", id=kept["id"])
        return
    # Nobody is signed in here: whose it is, the customer says.
    with all_tenants(), connection.cursor() as cursor:
        cursor.execute(_KEEP, kept)
        row = cursor.fetchone()
    log.info("stripe_event", id=kept["id"], type=kept["type"], became=row[0] if row else "known")


def _verify(body: bytes, signature: str) -> None:
    """Raise BadProviderEvent unless one of our secrets has signed it lately."""
    for secret in settings.STRIPE_WEBHOOK_SECRETS:
        try:
            stripe.WebhookSignature.verify_header(body, signature, secret, TOLERANCE_SECONDS)
        except (stripe.SignatureVerificationError, ValueError, TypeError):
            continue  # the last two: bytes or a header that are no text
        return
    raise BadProviderEvent


def _facts(event: Any, thing: Any) -> dict[str, Any]:
    kind = _text(event["type"], 100)
    customer = thing.get("id") if kind == "customer.deleted" else thing.get("customer")
    if isinstance(customer, dict):
        customer = customer.get("id")
    return {
        "id": _text(event["id"], 255),
        "provider": NAME,
        "type": kind,
        "object": _text(thing.get("id") or "", 255),
        "customer": _text(customer or "", 255),
        "reference": _text(thing.get("client_reference_id") or "", 255),
        "happened": datetime.fromtimestamp(int(event["created"]), UTC),
    }


def _text(value: Any, most: int) -> str:
    if not isinstance(value, str) or len(value) > most or "\0" in value:
        raise ValueError("not a text of ours")
    return value


def _is_live() -> bool:
    return "_live_" in settings.STRIPE_SECRET_KEY
