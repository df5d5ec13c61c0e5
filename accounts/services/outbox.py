"""Telling the world: a fact is written down in the transaction that makes it one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import connection

from accounts.event_types import known_event_types
from accounts.models import OutboxEvent


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
    if not connection.in_atomic_block:
        raise RuntimeError(f"emit({type!r}) needs the transaction of the change it tells of.")
    if type not in known_event_types():
        raise ValueError(f"{type!r} is not among the EVENT_TYPES of any room's event_types.py.")
    return OutboxEvent.objects.create(
        tenant_id=tenant_id,
        type=type,
        subject=subject,
        payload=dict(payload),
        request_id=request_id,
        callback_url=callback_url,
    )
