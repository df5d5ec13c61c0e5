"""System checks of this room."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from billing.services.plans import NO_PLAN

MOST_TAX = 10_000
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


@register(Tags.security)
def payments_can_be_taken(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """E070: Stripe without a key or secret, E071: a key in the clear, W070: nothing to sell."""
    if settings.PAYMENT_PROVIDER != "stripe":
        return []
    found: list[CheckMessage] = []
    for name, value, hint in (
        ("COUNTERMARK_STRIPE_SECRET_KEY", settings.STRIPE_SECRET_KEY, "sk_… or rk_…"),
        ("COUNTERMARK_STRIPE_WEBHOOK_SECRET", settings.STRIPE_WEBHOOK_SECRETS, "whsec_…"),
    ):
        if not value:
            sentence = f"COUNTERMARK_PAYMENT_PROVIDER is stripe, but {name} is empty."
            found.append(
                Error(sentence, hint=f"{hint}, from the dashboard of Stripe", id="countermark.E070")
            )
    address = urlsplit(settings.STRIPE_API_URL)
    if address.scheme != "https" and address.hostname not in _THIS_MACHINE:
        sentence = "COUNTERMARK_STRIPE_API_URL is not https: the key would be read on the way."
        found.append(Error(sentence, id="countermark.E071"))
    if settings.DEFAULT_PLAN == NO_PLAN:
        sentence = "Stripe takes payments, but COUNTERMARK_DEFAULT_PLAN is none: nothing is sold."
        found.append(Warning(sentence, id="countermark.W070"))
    return found


@register(Tags.models)
def invoices_can_be_issued(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """E072: impossible series, E073: an impossible tax, W072: what is sold is billed by nobody."""
    found: list[CheckMessage] = []
    series = (settings.INVOICE_SERIES, settings.CREDIT_NOTE_SERIES)
    if len(set(series)) < 2 or not all(
        re.fullmatch(r"[A-Za-z0-9-]{1,12}", each) for each in series
    ):
        found.append(
            Error(
                "COUNTERMARK_INVOICE_SERIES and COUNTERMARK_CREDIT_NOTE_SERIES cannot be these.",
                hint="Two different ones, of 1 to 12 letters, digits and hyphens each.",
                id="countermark.E072",
            )
        )
    if len(settings.TAX_NAME) > 20 or settings.TAX_RATE > MOST_TAX:
        sentence = "COUNTERMARK_TAX_NAME is too long or COUNTERMARK_TAX_RATE above 100 %."
        found.append(Error(sentence, id="countermark.E073"))
    sells = settings.DEFAULT_PLAN != NO_PLAN and settings.PAYMENT_PROVIDER != "stripe"
    if sells and not settings.SELLER["name"]:
        found.append(
            Warning(
                "Plans are on offer, but COUNTERMARK_SELLER_NAME is empty: nothing is billed.",
                hint="Name who issues invoices, or set COUNTERMARK_DEFAULT_PLAN=none.",
                id="countermark.W072",
            )
        )
    return found
