"""API keys over the API: made, read, changed, rotated, revoked."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.key_shapes import (
    APIKeyCreate,
    APIKeyCreated,
    APIKeyOut,
    APIKeyPage,
    APIKeyRotate,
    APIKeyUpdate,
)
from accounts.models import APIKey
from accounts.queries import get_api_key
from accounts.services.key_changes import (
    change_api_key,
    create_api_key,
    revoke_api_key,
    rotate_api_key,
)
from config.api.endpoints import Endpoint
from config.api.pagination import CursorPages, Page, PageQuery, page_body
from config.api.schema import operation
from config.api.shapes import Shape

JSON = "application/json"
BODY_REFUSALS = ("malformed_json",)
_KEY = {
    "id": "5f0c1a52-3f7e-4d0f-9d0a-6f2a6a0f5c11",
    "name": "Invoice service",
    "display": "cm_live_4fJ8sQ2kLw9X…",
    "environment": "live",
    "scopes": ["documents:write", "jobs:read", "jobs:write"],
    "allowed_networks": ["203.0.113.0/24"],
    "created_by": "8e039780-40d5-43dd-bc93-6894a57f9324",
    "created_at": "2026-11-21T10:00:00Z",
    "last_used_at": None,
    "expires_at": "2027-02-19T10:00:00Z",
    "revoked_at": None,
    "replaced_by": None,
}
_CREATED = {**_KEY, "key": f"cm_live_4fJ8sQ2kLw9X{'a' * 38}"}
_CREATE_EXAMPLE = OpenApiExample(
    "key",
    {
        "name": "Invoice service",
        "scopes": ["documents:write", "jobs:read", "jobs:write"],
        "expires_in_days": 90,
        "allowed_networks": ["203.0.113.0/24"],
    },
    request_only=True,
)
_NEW = OpenApiResponse(
    APIKeyCreated, "The new key, with its text.", [OpenApiExample("key", _CREATED)]
)
_PAGE = OpenApiResponse(
    APIKeyPage,
    "The keys.",
    [OpenApiExample("page", {"results": [_KEY], "next": None, "previous": None})],
)
_ONE = OpenApiResponse(APIKeyOut, "The key.", [OpenApiExample("key", _KEY)])


class APIKeysView(Endpoint):
    """The workspace's keys."""

    required_scopes: ClassVar = {"GET": "keys:read", "POST": "keys:write"}
    query_shapes: ClassVar[dict[str, type[Shape]]] = {"GET": PageQuery}
    refusals: ClassVar = {"POST": (*BODY_REFUSALS, "scope_not_held")}

    @operation(
        "listApiKeys",
        tag="Auth",
        summary="List API keys",
        description="Newest first, ended ones too. Nobody can read a key's text again.",
        responses={200: _PAGE},
    )
    def get(self, request: Request) -> Response:
        """List keys."""
        pages = CursorPages(limit=self.query["limit"], cursor=self.query.get("cursor"))
        page: Page[APIKey] = pages.page(APIKey.objects.visible_to(self.principal))
        return Response(page_body(request, page, lambda key: dict(APIKeyOut(key).data)))

    @operation(
        "createApiKey",
        tag="Auth",
        summary="Make an API key",
        description=(
            "A key may do what its scopes say and nothing else, and never more than who makes it:"
            " not more scopes, not live work for a test key, no networks beyond the maker's own."
        ),
        request={JSON: APIKeyCreate},
        examples=(_CREATE_EXAMPLE,),
        responses={201: _NEW},
    )
    def post(self, request: Request) -> Response:
        """Make a key."""
        given = APIKeyCreate.read(request.data)
        days = given.pop("expires_in_days", None)
        key, text = create_api_key(
            principal=self.principal,
            expires_at=timezone.now() + timedelta(days=days) if days else None,
            **given,
        )
        return _created(key, text)


class APIKeyView(Endpoint):
    """One key."""

    required_scopes: ClassVar = {
        "GET": "keys:read",
        "PATCH": "keys:write",
        "DELETE": "keys:write",
    }
    refusals: ClassVar = {"PATCH": (*BODY_REFUSALS, "scope_not_held")}

    @operation("getApiKey", tag="Auth", summary="Read an API key", responses={200: _ONE})
    def get(self, request: Request, api_key_id: UUID) -> Response:
        """Return the key."""
        return Response(APIKeyOut(get_api_key(self.principal, api_key_id)).data)

    @operation(
        "updateApiKey",
        tag="Auth",
        summary="Rename an API key, or change its networks",
        request={JSON: APIKeyUpdate},
        examples=(OpenApiExample("name", {"name": "Invoices"}, request_only=True),),
        responses={200: _ONE},
    )
    def patch(self, request: Request, api_key_id: UUID) -> Response:
        """Change the key."""
        given = APIKeyUpdate.read(request.data)
        key = change_api_key(principal=self.principal, api_key_id=api_key_id, **given)
        return Response(APIKeyOut(key).data)

    @operation(
        "revokeApiKey",
        tag="Auth",
        summary="Revoke an API key",
        description="It stops working at once, for good. It stays in the list. Again is no error.",
        responses={204: OpenApiResponse(None, "The key works no more.")},
    )
    def delete(self, request: Request, api_key_id: UUID) -> Response:
        """Stop the key."""
        revoke_api_key(principal=self.principal, api_key_id=api_key_id)
        return Response(status=204)


class APIKeyRotateView(Endpoint):
    """A successor for a key."""

    required_scopes: ClassVar = {"POST": "keys:write"}
    refusals: ClassVar = {"POST": (*BODY_REFUSALS, "scope_not_held", "api_key_ended")}

    @operation(
        "rotateApiKey",
        tag="Auth",
        summary="Replace an API key by a new one",
        description=(
            "Makes a key with the same name, scopes and networks, and as long to live. The old one"
            " goes on for `overlap_hours`, so that programs can be changed over one by one; the"
            " list shows both, the old one with `replaced_by`. A key with `keys:write` may rotate"
            " itself."
        ),
        request={JSON: APIKeyRotate},
        examples=(OpenApiExample("overlap", {"overlap_hours": 24}, request_only=True),),
        responses={201: _NEW},
    )
    def post(self, request: Request, api_key_id: UUID) -> Response:
        """Make the successor."""
        hours = APIKeyRotate.read(request.data)["overlap_hours"]
        key, text = rotate_api_key(
            principal=self.principal, api_key_id=api_key_id, overlap=timedelta(hours=hours)
        )
        return _created(key, text)


def _created(key: APIKey, text: str) -> Response:
    body = {**APIKeyOut(key).data, "key": text}
    headers = {"Location": f"/api/v1/api-keys/{key.pk}/", "Cache-Control": "no-store"}
    return Response(body, status=201, headers=headers)
