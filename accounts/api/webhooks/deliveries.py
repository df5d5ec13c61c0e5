"""Operations on deliveries and events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.webhooks.bodies import delivery_body, delivery_with_attempts, event_body
from accounts.api.webhooks.endpoints import READ, TAG, WRITE
from accounts.api.webhooks.examples import (
    DELIVERY,
    EVENT,
    FOLLOW,
    TYPES,
    WAITING,
    WITH_ATTEMPTS,
    answer,
    followed,
)
from accounts.api.webhooks.examples import (
    page as page_of,
)
from accounts.api.webhooks.shapes import (
    AllDeliveriesQuery,
    DeliveryOut,
    DeliveryQuery,
    DeliveryWithAttempts,
    EventOut,
    EventPage,
    EventQuery,
    EventTypeList,
    EventTypeOut,
    WebhookDeliveryPage,
)
from accounts.event_types import offered_event_types
from accounts.models import OutboxEvent, WebhookDelivery
from accounts.principal import Principal
from accounts.services.webhook_deliveries import replay_delivery
from accounts.webhooks.reading import (
    deliveries_for,
    delivery_for,
    endpoint_for,
    event_for,
    events_for,
)
from config.api.endpoints import Endpoint
from config.api.lists import AS_CSV, CSV_ANSWER, csv_of_bodies, wants_csv
from config.api.pagination import CursorPages, Page, page_body
from config.api.schema import operation
from config.api.shapes import Shape


class WebhookDeliveriesView(Endpoint):
    """The workspace's deliveries."""

    required_scopes: ClassVar[dict[str, str]] = {"GET": READ}
    query_shapes: ClassVar[dict[str, type[Shape]]] = {"GET": AllDeliveriesQuery}

    @operation(
        "listWebhookDeliveries",
        tag=TAG,
        summary="List deliveries",
        description=f"Of the last 30 days. {AS_CSV}",
        responses={
            200: answer(WebhookDeliveryPage, "The deliveries.", page_of(DELIVERY)),
            **CSV_ANSWER,
        },
    )
    def get(self, request: Request) -> HttpResponseBase:
        """List deliveries."""
        return _listed(request, self.principal, self.query)


class EndpointDeliveriesView(Endpoint):
    """The deliveries of one endpoint."""

    required_scopes: ClassVar[dict[str, str]] = {"GET": READ}
    query_shapes: ClassVar[dict[str, type[Shape]]] = {"GET": DeliveryQuery}

    @operation(
        "listWebhookEndpointDeliveries",
        tag=TAG,
        summary="List an endpoint's deliveries",
        description=f"Of the last 30 days. {AS_CSV}",
        responses={
            200: answer(WebhookDeliveryPage, "The deliveries.", page_of(DELIVERY)),
            **CSV_ANSWER,
        },
    )
    def get(self, request: Request, endpoint_id: UUID) -> HttpResponseBase:
        """List an endpoint's deliveries."""
        endpoint = endpoint_for(self.principal, endpoint_id)
        return _listed(request, self.principal, {"endpoint_id": endpoint.pk, **self.query})


def _listed(request: Request, principal: Principal, asked: Mapping[str, Any]) -> HttpResponseBase:
    only = dict(asked)
    pages = CursorPages(limit=only.pop("limit"), cursor=only.pop("cursor", None))
    found = deliveries_for(principal, **only)
    if wants_csv(request):
        return csv_of_bodies(
            found,
            delivery_body,
            tenant_id=principal.tenant_id,
            file_name="webhook-deliveries.csv",
            head=tuple(DeliveryOut().fields),
        )
    page: Page[WebhookDelivery] = pages.page(found)
    return Response(page_body(request, page, delivery_body))


class WebhookDeliveryView(Endpoint):
    """One delivery."""

    required_scopes: ClassVar[dict[str, str]] = {"GET": READ}

    @operation(
        "getWebhookDelivery",
        tag=TAG,
        summary="Show a delivery with its log",
        responses={200: answer(DeliveryWithAttempts, "With all requests.", WITH_ATTEMPTS)},
    )
    def get(self, request: Request, delivery_id: UUID) -> Response:
        """Show a delivery."""
        return Response(delivery_with_attempts(delivery_for(self.principal, delivery_id)))


class WebhookDeliveryReplayView(Endpoint):
    """Telling an event again."""

    required_scopes: ClassVar[dict[str, str]] = {"POST": WRITE}
    refusals: ClassVar[dict[str, tuple[str, ...]]] = {"POST": ("webhook_endpoint_disabled",)}

    @operation(
        "replayWebhookDelivery",
        tag=TAG,
        summary="Replay a delivery",
        description="Sends the same event under the same `webhook-id` again, at once.",
        responses={202: answer(DeliveryOut, "The new one, or the one that waits.", WAITING)},
        headers=FOLLOW,
    )
    def post(self, request: Request, delivery_id: UUID) -> Response:
        """Replay a delivery."""
        delivery = replay_delivery(principal=self.principal, delivery_id=delivery_id)
        headers = followed(f"/api/v1/webhook-deliveries/{delivery.pk}/")
        return Response(delivery_body(delivery), 202, headers=headers)


class EventsView(Endpoint):
    """What has happened in the workspace."""

    required_scopes: ClassVar[dict[str, str]] = {"GET": READ}
    query_shapes: ClassVar[dict[str, type[Shape]]] = {"GET": EventQuery}

    @operation(
        "listEvents",
        tag=TAG,
        summary="List events",
        description="Everything that endpoints are told, also without any endpoint.",
        responses={200: answer(EventPage, "The events.", page_of(EVENT))},
    )
    def get(self, request: Request) -> Response:
        """List events."""
        limit, cursor = self.query.pop("limit"), self.query.pop("cursor", None)
        pages = CursorPages(limit=limit, cursor=cursor, key="public_id")
        found: Page[OutboxEvent] = pages.page(events_for(self.principal, **self.query))
        return Response(page_body(request, found, event_body))


class EventView(Endpoint):
    """One event."""

    required_scopes: ClassVar[dict[str, str]] = {"GET": READ}

    @operation(
        "getEvent",
        tag=TAG,
        summary="Show an event",
        responses={200: answer(EventOut, "The event.", EVENT)},
    )
    def get(self, request: Request, event_id: UUID) -> Response:
        """Show an event."""
        return Response(event_body(event_for(self.principal, event_id)))


class EventTypesView(Endpoint):
    """What can happen."""

    required_scopes: ClassVar[dict[str, tuple[str, ...]]] = {"GET": ()}

    @operation(
        "listEventTypes",
        tag=TAG,
        summary="List the types of events",
        responses={200: answer(EventTypeList, "All that an endpoint can ask for.", TYPES)},
    )
    def get(self, request: Request) -> Response:
        """List types."""
        return Response({"results": EventTypeOut(offered_event_types(), many=True).data})
