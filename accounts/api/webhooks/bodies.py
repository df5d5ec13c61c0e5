"""Rows as the API shows them."""

from __future__ import annotations

from typing import Any

from accounts.api.webhooks.shapes import (
    AttemptOut,
    DeliveryOut,
    EndpointOut,
    EventOut,
)
from accounts.models import OutboxEvent, WebhookDelivery, WebhookEndpoint
from accounts.webhooks.messages import body_of


def endpoint_body(endpoint: WebhookEndpoint, secret: str | None = None) -> dict[str, Any]:
    """Return an endpoint; ``secret`` only in the answer that makes it."""
    columns = {name: getattr(endpoint, name, None) for name in map(str, EndpointOut().fields)}
    shown = {
        **columns,
        "header": {"name": endpoint.header_name} if endpoint.header_name else None,
        "disabled_reason": endpoint.disabled_reason or None,
    }
    body = dict(EndpointOut(shown).data)
    return body if secret is None else {**body, "secret": secret}


def delivery_body(delivery: WebhookDelivery) -> dict[str, Any]:
    """Return a delivery; its endpoint and event are loaded."""
    columns = {name: getattr(delivery, name, None) for name in map(str, DeliveryOut().fields)}
    is_pending = delivery.state == WebhookDelivery.State.PENDING
    shown = {
        **columns,
        "event_id": delivery.event.public_id,
        "url": delivery.url or delivery.endpoint.url,
        "next_attempt_at": delivery.due_at if is_pending else None,
        "last_error": delivery.last_error or None,
    }
    return dict(DeliveryOut(shown).data)


def delivery_with_attempts(delivery: WebhookDelivery) -> dict[str, Any]:
    """Return a delivery with its log."""
    attempts = AttemptOut(delivery.attempts.all(), many=True).data
    text = body_of(delivery.event).decode()
    return {**delivery_body(delivery), "body": text, "attempts": attempts}


def event_body(event: OutboxEvent) -> dict[str, Any]:
    """Return an event."""
    body: dict[str, Any] = EventOut().to_representation(event)
    return body
