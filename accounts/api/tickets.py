"""Tickets in an address, for what browsers open without headers of one's own."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts.api.authentication import REALM
from accounts.principal import Principal, resolve_credential
from accounts.services.tickets import Credential, redeem_ticket
from config.api.refusals import CsrfFailed
from config.database.reach import enter_tenant
from config.errors import Unauthenticated

TICKET = "ticket"


class TicketAuthentication(BaseAuthentication):
    """``?ticket=`` of ``POST /ws-tickets/``: then nothing else counts. For reading only.

    ``request._request.ticket_credential`` is what the ticket stood for.
    """

    def authenticate(self, request: Request) -> tuple[AnonymousUser, Principal] | None:
        """Return who got the ticket; None where there is none. Raises InvalidTicket."""
        text = request.query_params.get(TICKET)
        if text is None:
            return None
        if request.method not in ("GET", "HEAD"):
            raise CsrfFailed  # an address is no proof that a page of ours asks
        credential: Credential = redeem_ticket(text)
        principal = resolve_credential(credential)
        if principal is None:
            raise Unauthenticated
        enter_tenant(principal.tenant_id)
        asked = request._request
        asked.ticket_credential = credential  # type: ignore[attr-defined] # ours
        asked.logged_principal = principal  # type: ignore[attr-defined] # ours
        return AnonymousUser(), principal

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge that belongs to a 401 (RFC 9110, 11.6.1)."""
        return REALM
