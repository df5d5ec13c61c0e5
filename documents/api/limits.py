"""What a workspace may do and has used: the one place where every limit is told."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Tenant
from accounts.services.idempotency import KEPT_FOR as KEYS_KEPT_FOR
from accounts.services.tickets import LIFETIME as TICKET_LIFETIME
from billing.queries import Allowed, Month, this_month
from config.api.endpoints import Endpoint
from config.api.schema import operation
from documents import tus
from documents.api.holding import WAIT_MAX_SECONDS
from documents.api.limit_shapes import LimitsOut
from documents.formats.asset_kinds import AssetFormat
from documents.formats.kinds import DocumentFormat
from documents.models.batch import ITEMS_MAX, OPEN_FOR
from documents.progress import rfc3339
from documents.services.assets import ASSET_MAX_BYTES, ASSETS_MAX
from documents.services.uploads import KEPT_FOR, OPEN_MAX, max_upload_bytes

# Small enough to be sent again, large enough that its answer costs nothing beside it.
CHUNK_BYTES = 8 * 1024 * 1024

_EXAMPLE: dict[str, Any] = {
    "files": {
        "max_bytes": 536_870_912,
        "max_pages": 20_000,
        "formats": ["pdf", "docx", "txt", "png", "jpg"],
    },
    "assets": {
        "count": ASSETS_MAX,
        "max_bytes": ASSET_MAX_BYTES,
        "formats": ["png", "jpg", "pdf", "ttf", "otf"],
    },
    "batches": {"max_items": ITEMS_MAX, "expires_after_seconds": 604_800},
    "requests": {"per_minute": 600},
    "uploads": {"per_minute": 10, "at_once": 32},
    "resumable_uploads": {
        "version": "1.0.0",
        "extensions": tus.EXTENSIONS.split(","),
        "checksum_algorithms": [*tus.ALGORITHMS],
        "max_bytes": 536_870_912,
        "chunk_bytes": CHUNK_BYTES,
        "open_at_once": OPEN_MAX,
        "expires_after_seconds": 86_400,
    },
    "event_streams": {"at_once": 200},
    "event_sockets": {"at_once": 20},
    "month": {
        "starts_at": "2026-11-01T00:00:00Z",
        "resets_at": "2026-12-01T00:00:00Z",
        "documents": {"limit": 1000, "used": 311, "reserved": 4, "remaining": 685},
        "pages": {"limit": None, "used": 12_050, "reserved": 37, "remaining": None},
        "bytes": {"limit": None, "used": 812_345_678, "reserved": 482_133, "remaining": None},
        "spend": {"limit": 5_000, "used": 60, "reserved": 2, "remaining": 4_938},
    },
    "results": {"kept_days": 30},
    "waiting": {
        "prefer_wait_seconds": 20,
        "idempotency_key_seconds": 86_400,
        "ticket_seconds": 60,
    },
}


class LimitsView(Endpoint):
    """What the workspace may do."""

    required_scopes: ClassVar[dict[str, tuple[str, ...]]] = {"GET": ()}

    @operation(
        "getLimits",
        tag="Usage",
        summary="What may I do?",
        description="Every limit of the workspace, and what this month has used of its allowance:"
        " ask before you send. Any credential may. What is refused later is refused with the same"
        " figures.",
        responses={
            200: OpenApiResponse(LimitsOut, "The limits.", [OpenApiExample("limits", _EXAMPLE)])
        },
    )
    def get(self, request: Request) -> Response:
        """Tell the limits."""
        tenant = Tenant.objects.get(pk=self.principal.tenant_id)
        return Response(limits_body(tenant, this_month(tenant_id=tenant.pk)))


def limits_body(tenant: Tenant, month: Month) -> dict[str, Any]:
    """Return all limits of a tenant; a section for each thing that has some."""
    return {
        "files": {
            "max_bytes": max_upload_bytes(tenant),
            "max_pages": tenant.max_pages,
            "formats": [kind.value for kind in DocumentFormat],
        },
        "assets": {
            "count": ASSETS_MAX,
            "max_bytes": ASSET_MAX_BYTES,
            "formats": [each.value for each in AssetFormat],
        },
        "batches": {
            "max_items": ITEMS_MAX,
            "expires_after_seconds": int(OPEN_FOR.total_seconds()),
        },
        "requests": {"per_minute": tenant.requests_per_minute},
        "uploads": {
            "per_minute": tenant.uploads_per_minute,
            "at_once": tenant.max_concurrent_uploads,
        },
        "resumable_uploads": _resumable(tenant),
        "event_streams": {"at_once": settings.MAX_EVENT_STREAMS},
        "event_sockets": {"at_once": settings.MAX_EVENT_SOCKETS},
        "month": {
            "starts_at": rfc3339(month.starts_at),
            "resets_at": rfc3339(month.ends_at),
            "documents": _monthly(month.documents),
            "pages": _monthly(month.pages),
            "bytes": _monthly(month.bytes),
            "spend": _monthly(month.spend),
        },
        "results": {"kept_days": tenant.retention_days},
        "waiting": {
            "prefer_wait_seconds": WAIT_MAX_SECONDS,
            "idempotency_key_seconds": int(KEYS_KEPT_FOR.total_seconds()),
            "ticket_seconds": int(TICKET_LIFETIME.total_seconds()),
        },
    }


def _resumable(tenant: Tenant) -> dict[str, Any]:
    return {
        "version": tus.VERSION,
        "extensions": tus.EXTENSIONS.split(","),
        "checksum_algorithms": [*tus.ALGORITHMS],
        "max_bytes": max_upload_bytes(tenant),
        "chunk_bytes": CHUNK_BYTES,
        "open_at_once": OPEN_MAX,
        "expires_after_seconds": int(KEPT_FOR.total_seconds()),
    }


def _monthly(allowed: Allowed) -> dict[str, int | None]:
    return {
        "limit": allowed.limit,
        "used": allowed.used,
        "reserved": allowed.reserved,
        "remaining": allowed.remaining,
    }
