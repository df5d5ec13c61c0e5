"""Endpoints, deliveries and events as somebody may see them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from accounts.models import OutboxEvent, WebhookDelivery, WebhookEndpoint
from accounts.models.outbox import OutboxEventQuerySet
from accounts.models.webhook_delivery import WebhookDeliveryQuerySet
from accounts.models.webhook_endpoint import WebhookEndpointQuerySet
from accounts.principal import Principal
from config.errors import Missing


def endpoints_for(principal: Principal) -> WebhookEndpointQuerySet:
    """Return the endpoints of the principal's tenant."""
    return WebhookEndpoint.objects.visible_to(principal)


def endpoint_for(principal: Principal, endpoint_id: UUID) -> WebhookEndpoint:
    """Return one of them. Raises Missing."""
    endpoint = endpoints_for(principal).filter(pk=endpoint_id).first()
    if endpoint is None:
        raise Missing
    return endpoint


def deliveries_for(principal: Principal, **only: Any) -> WebhookDeliveryQuerySet:
    """Return deliveries with endpoints and events; ``only``: endpoint_id, state, event_type."""
    deliveries = WebhookDelivery.objects.visible_to(principal)
    return deliveries.filter(**only).select_related("endpoint", "event")


def delivery_for(principal: Principal, delivery_id: UUID) -> WebhookDelivery:
    """Return one of them. Raises Missing."""
    delivery = deliveries_for(principal).filter(pk=delivery_id).first()
    if delivery is None:
        raise Missing
    return delivery


def events_for(principal: Principal, **only: Any) -> OutboxEventQuerySet:
    """Return the events of the principal's tenant; ``only``: type."""
    return OutboxEvent.objects.visible_to(principal).filter(**only)


def event_for(principal: Principal, event_id: UUID) -> OutboxEvent:
    """Return one of them. Raises Missing."""
    event = events_for(principal).filter(public_id=event_id).first()
    if event is None:
        raise Missing
    return event
