"""One attempt at a delivery, made in a thread of its own: no database, only the request."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.conf import settings

from accounts.models import WebhookDelivery
from accounts.outgoing.failures import RequestFailed
from accounts.outgoing.targets import BadAddress, read_target
from accounts.outgoing.transport import Policy, post
from accounts.sealing import CannotUnseal
from accounts.webhooks.messages import message_of
from accounts.webhooks.schedule import read_retry_after

# Of an answer so much is kept in the log.
ANSWER_KEPT = 4000
GONE = 410


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt went: a ``status``, or an ``error`` by its code (accounts/outgoing)."""

    url: str
    milliseconds: int
    request_headers: Mapping[str, str] = field(default_factory=dict)
    status: int | None = None
    error: str = ""
    error_detail: str = ""
    answer: str = ""
    answer_is_cut: bool = False
    retry_after: float | None = None

    @property
    def is_success(self) -> bool:
        """Whether the receiver has taken it: any 2xx, and nothing else."""
        return self.status is not None and 200 <= self.status <= 299

    @property
    def is_gone(self) -> bool:
        """Whether the receiver wants nothing more, ever."""
        return self.status == GONE

    @property
    def reason(self) -> str:
        """Why it failed, in a word."""
        return self.error or ("redirect" if 300 <= (self.status or 0) <= 399 else "refused")


def policy() -> Policy:
    """Return where requests may go, as the operator has set it."""
    return Policy(
        ports=frozenset(settings.WEBHOOK_PORTS),
        trusted=tuple(settings.WEBHOOK_TRUSTED_NETWORKS),
    )


def attempt(delivery: WebhookDelivery) -> Outcome:
    """Send the delivery's message once, and return how that went. Raises nothing."""
    began_at = time.monotonic()
    url = delivery.url or delivery.endpoint.url
    shown: Mapping[str, str] = {}

    def failed(code: str, detail: str = "") -> Outcome:
        return Outcome(url, _since(began_at), shown, error=code, error_detail=_text(detail)[:200])

    try:
        message = message_of(delivery)
        shown = message.shown
        answer = post(
            read_target(url),
            body=message.body,
            headers=message.headers,
            seconds=settings.WEBHOOK_TIMEOUT_SECONDS,
            policy=policy(),
        )
    except BadAddress as error:
        return failed("bad_address", str(error))
    except RequestFailed as error:
        return failed(error.code, str(error))
    except CannotUnseal:
        return failed("secret_unreadable", "Rotate the secret: it was kept by another server.")
    except Exception as error:  # noqa: BLE001 - whatever a receiver does must not end the sender
        return failed("internal_error", type(error).__name__)
    body = _text(answer.body.decode("utf-8", "replace"))
    return Outcome(
        url,
        _since(began_at),
        shown,
        status=answer.status,
        answer=body[:ANSWER_KEPT],
        answer_is_cut=answer.is_cut or len(body) > ANSWER_KEPT,
        retry_after=read_retry_after(answer.headers.get("retry-after", "")),
    )


def _since(began_at: float) -> int:
    return round((time.monotonic() - began_at) * 1000)


def _text(raw: str) -> str:
    """Return what PostgreSQL keeps as text: all but NUL."""
    return raw.replace("\x00", "\ufffd")
