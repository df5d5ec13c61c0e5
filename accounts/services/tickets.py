"""Tickets to sockets: made by who has a credential, shown once in the socket's address.

A browser's WebSocket sends no header of one's own, and addresses end up in logs: hence something
that is worth nothing a minute later, and nothing the second time.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection
from django.utils import timezone

from accounts.models import SocketTicket
from accounts.services.api_keys import InvalidCredentials

if TYPE_CHECKING:
    from accounts.principal import Principal

LIFETIME = timedelta(seconds=60)
SECRET_BYTES = 32
LONGEST_TEXT = 64

# One statement: of two who show a ticket at once, one gets the row.
REDEEM = """
    DELETE FROM accounts_socketticket WHERE digest = %s
    RETURNING api_key_id, grant_id, session_key, expires_at > statement_timestamp()
"""


class InvalidTicket(InvalidCredentials):
    """Not a ticket, used before, or too old: nobody learns which."""

    code = "invalid_ticket"
    message = "The ticket is not valid any more. Get a new one."


@dataclass(frozen=True, slots=True)
class Credential:
    """What a ticket stood for: a key, a program's log-in, or a session."""

    api_key_id: UUID | None = None
    grant_id: UUID | None = None
    session_key: str = ""


def issue_ticket(*, principal: Principal, session_key: str | None) -> tuple[str, datetime]:
    """Return a ticket's text and when it ends. ``session_key``: of who has one."""
    principal.require("jobs:read")
    text = secrets.token_urlsafe(SECRET_BYTES)
    ticket = SocketTicket.objects.create(
        digest=_digest(text),
        api_key_id=principal.api_key_id,
        grant_id=principal.grant_id,
        session_key=(session_key or "") if principal.is_ambient else "",
        expires_at=timezone.now() + LIFETIME,
    )
    return text, ticket.expires_at


def redeem_ticket(text: str) -> Credential:
    """Return what a ticket stands for, and use it up. Raises InvalidTicket."""
    if len(text) > LONGEST_TEXT:
        raise InvalidTicket
    with connection.cursor() as cursor:
        cursor.execute(REDEEM, [_digest(text)])
        row = cursor.fetchone()
    if row is None or not row[3]:
        raise InvalidTicket
    return Credential(api_key_id=row[0], grant_id=row[1], session_key=row[2])


def forget_old_tickets() -> int:
    """Delete tickets that nobody used in time; return how many."""
    deleted, _ = SocketTicket.objects.filter(expires_at__lt=timezone.now() - LIFETIME).delete()
    return deleted


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
