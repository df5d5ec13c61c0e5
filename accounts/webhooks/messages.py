"""What a receiver gets: the body, always the same for an event, and the headers of one attempt."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils import timezone

from accounts.models import OutboxEvent, WebhookDelivery, WebhookEndpoint
from accounts.outgoing.signing import sign
from accounts.sealing import WEBHOOK_HEADER, WEBHOOK_SECRET, unseal
from config import __version__

SHOWN_INSTEAD = "••••••"


@dataclass(frozen=True, slots=True)
class Message:
    """One attempt's request; ``shown`` are its headers without the value of the tenant's own."""

    body: bytes
    headers: Mapping[str, str]
    shown: Mapping[str, str]


def body_of(event: OutboxEvent) -> bytes:
    """Return the JSON that every attempt to tell ``event`` sends."""
    content = {
        "id": str(event.public_id),
        "type": event.type,
        "timestamp": event.created_at.isoformat().replace("+00:00", "Z"),
        "data": event.payload,
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def message_of(delivery: WebhookDelivery) -> Message:
    """Return the request of an attempt that is made now. Raises CannotUnseal."""
    endpoint, event = delivery.endpoint, delivery.event
    body, timestamp, message_id = body_of(event), int(time.time()), str(event.public_id)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"Countermark/{__version__} (webhooks)",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(
            message_id=message_id,
            timestamp=timestamp,
            body=body,
            signing_secrets=secrets_of(endpoint),
        ),
    }
    if event.request_id:
        headers["X-Request-ID"] = event.request_id
    if not endpoint.header_name:
        return Message(body, headers, headers)
    value = unseal(endpoint.sealed_header, purpose=WEBHOOK_HEADER)
    name = endpoint.header_name
    return Message(body, {**headers, name: value}, {**headers, name: SHOWN_INSTEAD})


def secrets_of(endpoint: WebhookEndpoint) -> list[str]:
    """Return the secrets that sign now, the newest first. Raises CannotUnseal."""
    sealed = [endpoint.sealed_secret]
    if endpoint.old_secret_until and endpoint.old_secret_until > timezone.now():
        sealed.append(endpoint.sealed_old_secret)
    return [unseal(each, purpose=WEBHOOK_SECRET) for each in sealed]
