"""Operations of this room."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiResponse
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.examples import A_KEY, A_PERSON, AUDIT_ENTRIES, TICKET
from accounts.api.serializers import (
    AuditEntryOut,
    AuditEntryPage,
    AuditLogQuery,
    SocketTicketOut,
    WhoAmI,
)
from accounts.models import AuditEntry
from accounts.queries import audit_entries_for, describe_principal
from accounts.services.audit_export import open_audit_export
from accounts.services.tickets import issue_ticket
from config.api.endpoints import Endpoint
from config.api.lists import AS_CSV, CSV_ANSWER, csv_of_bodies, wants_csv
from config.api.pagination import CursorPages, Page, page_body
from config.api.schema import operation
from config.api.shapes import Shape


class WhoAmIView(Endpoint):
    """Who the caller is."""

    required_scopes: ClassVar[dict[str, tuple[str, ...]]] = {"GET": ()}

    @operation(
        "getWhoAmI",
        tag="Auth",
        summary="Who am I?",
        description="Tells which workspace, person or key, and scopes a credential stands for.",
        responses={200: OpenApiResponse(WhoAmI, "Who it is.", [A_PERSON, A_KEY])},
    )
    def get(self, request: Request) -> Response:
        """Return the principal with names."""
        return Response(describe_principal(self.principal))


class AuditLogView(Endpoint):
    """What happened in the workspace."""

    required_scopes: ClassVar[dict[str, str]] = {"GET": "audit:read"}
    query_shapes: ClassVar[dict[str, type[Shape]]] = {"GET": AuditLogQuery}

    @operation(
        "listAuditEntries",
        tag="Organization",
        summary="Read the audit log",
        description=(
            "Sign-ins, passwords, keys, deletions (with their receipts) and what support did, "
            f"newest first. Nobody can change or remove an entry. {AS_CSV} That it left as a file "
            "is an entry, too: `audit.exported`, the newest in it."
        ),
        responses={
            200: OpenApiResponse(AuditEntryPage, "The entries.", [AUDIT_ENTRIES]),
            **CSV_ANSWER,
        },
    )
    def get(self, request: Request) -> HttpResponseBase:
        """List entries."""
        pages = CursorPages(limit=self.query.pop("limit"), cursor=self.query.pop("cursor", None))
        if wants_csv(request):
            return csv_of_bodies(
                open_audit_export(principal=self.principal, **self.query),
                _entry_body,
                tenant_id=self.principal.tenant_id,
                file_name="audit-log.csv",
                head=tuple(AuditEntryOut().fields),
            )
        found = audit_entries_for(self.principal, **self.query)
        page: Page[AuditEntry] = pages.page(found)
        return Response(page_body(request, page, _entry_body))


def _entry_body(entry: AuditEntry) -> dict[str, Any]:
    return dict(AuditEntryOut(entry).data)


class SocketTicketsView(Endpoint):
    """Tickets to sockets."""

    required_scopes: ClassVar[dict[str, tuple[str, ...]]] = {"POST": ("jobs:read",)}

    @operation(
        "createSocketTicket",
        tag="Auth",
        summary="Get a ticket to a socket",
        description=(
            "A browser's WebSocket can send no header: put a ticket into its address instead, "
            "`/ws/v1/jobs/{id}/?ticket=…`. `EventSource` does the same with "
            "`/api/v1/jobs/{id}/events/?ticket=…`. It works once and for 60 seconds. What was "
            "opened closes when the credential that got the ticket stops working."
        ),
        request=None,
        responses={
            201: OpenApiResponse(SocketTicketOut, "The ticket. It is not shown again.", [TICKET])
        },
    )
    def post(self, request: Request) -> Response:
        """Return a new ticket."""
        text, expires_at = issue_ticket(
            principal=self.principal, session_key=request._request.session.session_key
        )
        answer = SocketTicketOut({"ticket": text, "expires_at": expires_at})
        return Response(answer.data, status=201, headers={"Cache-Control": "no-store"})
