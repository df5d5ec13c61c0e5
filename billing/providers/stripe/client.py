"""The library's client, as we use it: our key, one API version, short patience, errors of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import stripe
import structlog
from django.conf import settings

from billing.providers.interface import PaymentUnavailable

NAME = "stripe"
# The version that the pinned library was made for; a newer library is tried before this changes.
API_VERSION = "2026-10-28.endive"
CONNECT_SECONDS = 5
RETRIES = 1
log = structlog.get_logger("billing.stripe")

# It would tell how long earlier requests took.
stripe.enable_telemetry = False


def api() -> Any:
    """Return the resources of Stripe's API, version 1."""
    return _client(
        settings.STRIPE_SECRET_KEY, settings.STRIPE_API_URL, settings.STRIPE_TIMEOUT_SECONDS
    ).v1


@lru_cache(maxsize=4)
def _client(key: str, url: str, seconds: int) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        stripe_version=API_VERSION,
        base_addresses={"api": url, "meter_events": url},
        max_network_retries=RETRIES,
        http_client=stripe.RequestsClient(timeout=(min(CONNECT_SECONDS, seconds), seconds)),
    )


@contextmanager
def asking(what: str, **context: Any) -> Iterator[None]:
    """Turn what the library raises into PaymentUnavailable; the log says what was wrong.

    Not its text as a whole: Stripe's answers name people's cards and addresses.
    """
    try:
        yield
    except stripe.StripeError as error:
        log.warning("stripe_refused", what=what, error=said(error), **context)
        raise PaymentUnavailable from error


def said(error: stripe.StripeError) -> str:
    """Return what an error is, without what it tells of people."""
    parts = (type(error).__name__, error.http_status, error.code, getattr(error, "param", None))
    request = f"request {error.request_id}" if error.request_id else None
    return " ".join(str(part) for part in (*parts, request) if part)


def is_missing(error: Exception) -> bool:
    """Whether Stripe knows no such object."""
    return isinstance(error, stripe.InvalidRequestError) and error.code == "resource_missing"
