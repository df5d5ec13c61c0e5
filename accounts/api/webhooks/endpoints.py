"""Operations on webhook endpoints."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.webhooks.bodies import delivery_body, endpoint_body
from accounts.api.webhooks.examples import (
    ENDPOINT,
    FOLLOW,
    OFF,
    ROTATED,
    SECRET,
    TESTED,
    answer,
    followed,
    page,
)
from accounts.api.webhooks.shapes import (
    DeliveryOut,
    EndpointChanges,
    EndpointForm,
    EndpointOut,
    EndpointWithSecret,
    Replayed,
    ReplayRangeForm,
    RotateSecretForm,
    WebhookEndpointPage,
)
from accounts.models import WebhookEndpoint
from accounts.services import webhook_endpoints as services
from accounts.services.webhook_deliveries import replay_range
from accounts.webhooks.reading import endpoint_for, endpoints_for
from config.api.endpoints import Endpoint
from config.api.pagination import CursorPages, Page, PageQuery, page_body
from config.api.schema import operation
from config.api.shapes import Shape

TAG = "Webhooks"
READ, WRITE = "webhooks:read", "webhooks:write"
UNSHOWN = {"Cache-Control": "no-store"}
_FORM_EXAMPLE = {
    "url": "https://hooks.example.com/countermark",
    "event_types": ["job.succeeded", "job.failed"],
    "header": {"name": "X-Environment", "value": "production"},
}


class WebhookEndpointsView(Endpoint):
    """The workspace's endpoints."""

    required_scopes = {"GET": READ, "POST": WRITE}
    query_shapes: ClassVar[dict[str, type[Shape]]] = {"GET": PageQuery}
    refusals = {"POST": ("malformed_json", "too_many_webhook_endpoints")}

    @operation(
        "listWebhookEndpoints",
        tag=TAG,
        summary="List endpoints",
        responses={200: answer(WebhookEndpointPage, "The endpoints.", page(ENDPOINT))},
    )
    def get(self, request: Request) -> Response:
        """List endpoints."""
        found: Page[WebhookEndpoint] = CursorPages(**self.query).page(endpoints_for(self.principal))
        return Response(page_body(request, found, endpoint_body))

    @operation(
        "createWebhookEndpoint",
        tag=TAG,
        summary="Make an endpoint",
        description="The answer holds the secret with which signatures are verified, this once.",
        request=EndpointForm,
        responses={
            201: answer(EndpointWithSecret, "The endpoint and its secret.", ENDPOINT | SECRET)
        },
        examples=[OpenApiExample("endpoint", _FORM_EXAMPLE, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        """Make an endpoint."""
        given = _with_header(EndpointForm.read(request.data))
        endpoint, secret = services.create_endpoint(principal=self.principal, **given)
        location = f"/api/v1/webhook-endpoints/{endpoint.pk}/"
        headers = {"Location": location, **UNSHOWN}
        return Response(endpoint_body(endpoint, secret), 201, headers=headers)


class WebhookEndpointView(Endpoint):
    """One endpoint."""

    required_scopes = {"GET": READ, "PATCH": WRITE, "DELETE": WRITE}
    refusals = {"PATCH": ("malformed_json",)}

    @operation(
        "getWebhookEndpoint",
        tag=TAG,
        summary="Show an endpoint",
        responses={200: answer(EndpointOut, "The endpoint.", ENDPOINT)},
    )
    def get(self, request: Request, endpoint_id: UUID) -> Response:
        """Show an endpoint."""
        return Response(endpoint_body(endpoint_for(self.principal, endpoint_id)))

    @operation(
        "updateWebhookEndpoint",
        tag=TAG,
        summary="Change an endpoint",
        description="Deliveries that wait go to the new address. `header: null` removes it.",
        request=EndpointChanges,
        responses={200: answer(EndpointOut, "The endpoint as it is now.", ENDPOINT)},
        examples=[
            OpenApiExample("filter", {"event_types": ["job.failed"]}, request_only=True),
        ],
    )
    def patch(self, request: Request, endpoint_id: UUID) -> Response:
        """Change an endpoint."""
        endpoint = services.update_endpoint(
            principal=self.principal,
            endpoint_id=endpoint_id,
            changes=_with_header(EndpointChanges.read(request.data)),
        )
        return Response(endpoint_body(endpoint))

    @operation(
        "deleteWebhookEndpoint",
        tag=TAG,
        summary="Delete an endpoint",
        description="Nothing more is sent to it. Its deliveries stay listed for 30 days.",
        responses={204: OpenApiResponse(None, "It is gone.")},
    )
    def delete(self, request: Request, endpoint_id: UUID) -> Response:
        """Delete an endpoint."""
        services.delete_endpoint(principal=self.principal, endpoint_id=endpoint_id)
        return Response(status=204)


class WebhookEndpointTestView(Endpoint):
    """A test."""

    required_scopes = {"POST": WRITE}
    refusals = {"POST": ("webhook_endpoint_disabled",)}

    @operation(
        "testWebhookEndpoint",
        tag=TAG,
        summary="Send a test event",
        description="`webhook.test`, to this endpoint alone, once; look at the delivery for how it"
        " went.",
        responses={202: answer(DeliveryOut, "The delivery.", TESTED)},
        headers=FOLLOW,
    )
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        """Send a test event."""
        delivery = services.send_test(principal=self.principal, endpoint_id=endpoint_id)
        headers = followed(f"/api/v1/webhook-deliveries/{delivery.pk}/")
        return Response(delivery_body(delivery), 202, headers=headers)


class WebhookEndpointSecretView(Endpoint):
    """A new secret."""

    required_scopes = {"POST": WRITE}
    refusals = {"POST": ("malformed_json",)}

    @operation(
        "rotateWebhookSecret",
        tag=TAG,
        summary="Rotate the secret",
        description="For `overlap_hours` every request is signed with both secrets.",
        request=RotateSecretForm,
        responses={
            200: answer(
                EndpointWithSecret, "The endpoint, new secret.", ENDPOINT | SECRET | ROTATED
            )
        },
        examples=[OpenApiExample("a day", {"overlap_hours": 24}, request_only=True)],
    )
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        """Rotate the secret."""
        given = RotateSecretForm.read(request.data)
        endpoint, secret = services.rotate_secret(
            principal=self.principal, endpoint_id=endpoint_id, **given
        )
        return Response(endpoint_body(endpoint, secret), headers=UNSHOWN)


class WebhookEndpointEnableView(Endpoint):
    """Turning on."""

    required_scopes = {"POST": WRITE}

    @operation(
        "enableWebhookEndpoint",
        tag=TAG,
        summary="Turn an endpoint on",
        description="From now on it is told of events; replay what it has missed.",
        responses={200: answer(EndpointOut, "The endpoint as it is now.", ENDPOINT)},
    )
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        """Turn it on."""
        endpoint = services.enable_endpoint(principal=self.principal, endpoint_id=endpoint_id)
        return Response(endpoint_body(endpoint))


class WebhookEndpointDisableView(Endpoint):
    """Turning off."""

    required_scopes = {"POST": WRITE}

    @operation(
        "disableWebhookEndpoint",
        tag=TAG,
        summary="Turn an endpoint off",
        description="What still waits for it is given up, and can be replayed later.",
        responses={200: answer(EndpointOut, "The endpoint as it is now.", ENDPOINT | OFF)},
    )
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        """Turn it off."""
        endpoint = services.disable_endpoint(principal=self.principal, endpoint_id=endpoint_id)
        return Response(endpoint_body(endpoint))


class WebhookEndpointReplayView(Endpoint):
    """Telling a range of events again."""

    required_scopes = {"POST": WRITE}
    refusals = {"POST": ("malformed_json", "webhook_endpoint_disabled")}

    @operation(
        "replayWebhookEvents",
        tag=TAG,
        summary="Replay a range of events",
        description="Those of at most 31 days that the endpoint wants and has not taken; at most"
        " 10,000 at once, the oldest first. Each keeps its `webhook-id`.",
        request=ReplayRangeForm,
        responses={202: answer(Replayed, "How many are on their way.", {"events": 3})},
        headers=FOLLOW,
        examples=[OpenApiExample("since", {"since": "2026-11-20T08:00:00Z"}, request_only=True)],
    )
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        """Replay a range."""
        given = ReplayRangeForm.read(request.data)
        events = replay_range(principal=self.principal, endpoint_id=endpoint_id, **given)
        headers = followed(f"/api/v1/webhook-endpoints/{endpoint_id}/deliveries/")
        return Response({"events": events}, 202, headers=headers)


def _with_header(given: dict[str, Any]) -> dict[str, Any]:
    if given.get("header"):
        given["header"] = (given["header"]["name"], given["header"]["value"])
    return given
