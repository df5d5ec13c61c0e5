"""Telling the world: a fact is written down in the transaction that makes it one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from accounts.event_types import known_event_types
from accounts.models import OutboxEvent


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened, as ``emit`` takes it."""

    tenant_id: UUID
    type: str
    subject: str
    payload: Mapping[str, Any]
    request_id: str = ""
    callback_url: str = ""


def emit(
    *,
    tenant_id: UUID,
    type: str,
    subject: str,
    payload: Mapping[str, Any],
    request_id: str = "",
    callback_url: str = "",
) -> OutboxEvent:
    """Write the event ``type`` (past tense, ``job.succeeded``) about ``subject`` (``job:<uuid>``).

    ``callback_url``: an address that is told, beside the tenant's endpoints. The type stands in the
    catalogue (accounts/event_types.py), else it is a ValueError: nobody could ask for it.
    It leaves when the caller's transaction commits, or never existed. Outside a transaction
    that promise would be empty, hence the RuntimeError. Raises IntegrityError when the same
    fact is told of the same subject again.
    """
    (event,) = emit_all([Fact(tenant_id, type, subject, payload, request_id, callback_url)])
    return event


def emit_all(facts: Sequence[Fact]) -> list[OutboxEvent]:
    """Write many events at once; as ``emit``."""
    if not connection.in_atomic_block:
        raise RuntimeError("An event needs the transaction of the change it tells of.")
    for name in {fact.type for fact in facts} - known_event_types().keys():
        raise ValueError(f"{name!r} is not among the EVENT_TYPES of any room's event_types.py.")
    return OutboxEvent.objects.bulk_create(
        OutboxEvent(
            tenant_id=fact.tenant_id,
            type=fact.type,
            subject=fact.subject,
            payload=dict(fact.payload),
            request_id=fact.request_id,
            callback_url=fact.callback_url,
        )
        for fact in facts
    )
