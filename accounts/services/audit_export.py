"""The audit log as a file to keep elsewhere."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.db import transaction

from accounts.models import AuditAction, AuditEntry
from accounts.services.audit import record
from config.csv_cells import csv_text

if TYPE_CHECKING:
    from accounts.models.audit import AuditEntryQuerySet
    from accounts.principal import Principal

EXPORTED_MOST = 10_000
HEAD = (
    *("number", "time", "action", "actor", "subject", "details"),
    *("address", "program", "request_id", "hash"),
)


def export_audit_log(*, principal: Principal, action: str | None = None) -> str:
    """Return the newest entries (of one action) as CSV, and write that down as one more of them.

    With their hashes: whoever keeps the file can show later that nothing before its newest entry
    was changed. Raises InsufficientScope.
    """
    with transaction.atomic():
        found = list(open_audit_export(principal=principal, action=action)[:EXPORTED_MOST])
    return csv_text(HEAD, map(_row, found))


def open_audit_export(*, principal: Principal, action: str | None = None) -> AuditEntryQuerySet:
    """Return the entries that are about to leave as a file, and write down that they do.

    That entry is the newest of them. Raises InsufficientScope.
    """
    principal.require("audit:read")
    with transaction.atomic():
        record(
            tenant_id=principal.tenant_id,
            actor=principal,
            action=AuditAction.AUDIT_EXPORTED,
            subject=f"tenant:{principal.tenant_id}",
            details={"only": action} if action else {},
        )
    entries = AuditEntry.objects.visible_to(principal)
    return entries.filter(action=action) if action else entries


def _row(entry: AuditEntry) -> tuple[object, ...]:
    return (
        *(entry.seq, entry.created_at.isoformat(), entry.action, entry.actor, entry.subject),
        *(json.dumps(entry.details, ensure_ascii=False), entry.address, entry.user_agent),
        *(entry.request_id, bytes(entry.hash).hex()),
    )
