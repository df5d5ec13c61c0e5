"""The workspace over the API: its settings."""

from __future__ import annotations

from typing import ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.organization import TAG
from accounts.api.organization_shapes import OrganizationOut, OrganizationUpdate, read_settings
from accounts.api.users import JSON
from accounts.queries import get_tenant
from accounts.services.tenants import change_tenant
from config.api.conditions import shown_version, version_etag, versions_seen
from config.api.endpoints import Endpoint
from config.api.header_parameters import asked, told
from config.api.schema import operation

_ORGANIZATION = OpenApiExample(
    "workspace",
    {
        "id": "0b7f4a5e-2f0d-4c43-8a8e-7a0b7a0e6c11",
        "name": "Acme",
        "slug": "acme",
        "created_at": "2026-11-01T08:00:00Z",
        "retention_days": 30,
        "max_retention_days": 90,
        "default_watermark": {"watermark_text": "Acme, internal", "position": "bottom_right"},
        "spend_cap": 5000,
        "version": 3,
    },
)
_MARK = {"watermark_text": "Acme, internal", "position": "bottom_right"}
_SETTINGS = OpenApiResponse(OrganizationOut, "The workspace.", [_ORGANIZATION])
_ETAG = "The version of the settings."


class OrganizationView(Endpoint):
    """The workspace's settings."""

    required_scopes: ClassVar = {"GET": "organization:read", "PATCH": "organization:write"}
    refusals: ClassVar = {
        "GET": ("precondition_failed",),
        "PATCH": ("malformed_json", "precondition_failed", "precondition_required"),
    }

    @operation(
        "getOrganization",
        tag=TAG,
        summary="Read the workspace",
        responses={200: _SETTINGS, 304: OpenApiResponse(None, "Unchanged.")},
        headers=[
            asked("If-None-Match", "An ETag: `304` if the settings are still those.", '"3"'),
            told("ETag", _ETAG, [200, 304], required=True),
        ],
    )
    def get(self, request: Request) -> Response | HttpResponse:
        """Return the settings."""
        tenant = get_tenant(self.principal)
        return shown_version(request, OrganizationOut(tenant).data, tenant.settings_version)

    @operation(
        "updateOrganization",
        tag=TAG,
        summary="Change the workspace's settings",
        description=(
            "Fields that are not named stay as they are; `default_watermark` is replaced as a"
            " whole, so a change of it has to say which version it is meant for."
        ),
        request={JSON: OrganizationUpdate},
        examples=(
            OpenApiExample("retention", {"retention_days": 14}, request_only=True),
            OpenApiExample(
                "default mark", {"default_watermark": _MARK, "version": 2}, request_only=True
            ),
        ),
        responses={200: _SETTINGS},
        headers=[
            asked(
                "If-Match",
                "The ETag that you have seen, or `*` for whichever there is. Another one than the"
                " present is `412`; without it and without `version`, `default_watermark` is"
                " refused with `428`.",
                '"2"',
            ),
            told("ETag", _ETAG, [200], required=True),
        ],
    )
    def patch(self, request: Request) -> Response:
        """Change the settings."""
        given = read_settings(request.data)
        seen = _seen(request, given.pop("version", None), must="default_watermark" in given)
        tenant = change_tenant(principal=self.principal, seen=seen, **given)
        etag = version_etag(tenant.settings_version)
        return Response(OrganizationOut(tenant).data, headers={"ETag": etag})


def _seen(request: Request, in_body: int | None, *, must: bool) -> set[int] | None:
    """Return which versions the change is meant for; scalars alone may go without."""
    is_said = in_body is not None or "If-Match" in request.headers
    return versions_seen(request, in_body) if must or is_said else None
