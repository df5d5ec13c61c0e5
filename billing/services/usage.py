"""The usage ledger's two ways in: work that has ended, and staff who put something right."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from accounts.models import AuditAction, Tenant, User
from accounts.services.audit import record
from billing.models import UsageRecord
from billing.models.usage import ADJUSTMENT, WATERMARK
from billing.services.periods import NOW_IN_QUOTA, open_month
from config.errors import Forbidden, Invalid

# Ledger and sums in one statement, of one moment: neither is ever there without the other.
_WRITE = """
    WITH written AS (
        INSERT INTO billing_usagerecord (id, tenant_id, metric, quantity, operation, source,
            quota_id, user_id, api_key_id, note, occurred_at)
        SELECT gen_random_uuid(), %(tenant)s, metric, quantity, %(operation)s, %(source)s,
            %(quota)s, %(user)s, %(key)s, %(note)s, statement_timestamp()
        FROM unnest(%(metrics)s::text[], %(quantities)s::bigint[]) AS used (metric, quantity)
    )
    INSERT INTO billing_usageday AS sum
        (id, tenant_id, day, operation, api_key_id, user_id, documents, pages, bytes)
    VALUES (gen_random_uuid(), %(tenant)s, (statement_timestamp() AT TIME ZONE 'UTC')::date,
        %(operation)s, %(key)s, %(user)s, %(documents)s, %(pages)s, %(bytes)s)
    ON CONFLICT (tenant_id, day, operation, api_key_id, user_id) DO UPDATE SET
        documents = sum.documents + excluded.documents,
        pages = sum.pages + excluded.pages,
        bytes = sum.bytes + excluded.bytes
"""
_ADJUST = f"""
    UPDATE billing_quota quota SET documents_used = documents_used + %(documents)s,
        pages_used = pages_used + %(pages)s, bytes_used = bytes_used + %(bytes)s
    WHERE quota.tenant_id = %(tenant)s AND {NOW_IN_QUOTA} AND quota.closed_at IS NULL
    RETURNING quota.id
"""  # noqa: S608 - built from constants


def record_usage(
    *,
    tenant_id: UUID,
    source: str,
    quantities: Mapping[str, int],
    quota_id: UUID | None = None,
    user_id: UUID | None = None,
    api_key_id: UUID | None = None,
    operation: str = WATERMARK,
) -> None:
    """Write what ``source`` (``"job:<uuid>"``) consumed: a quantity for each metric.

    ``quota_id``: what was charged for it (services/quota.py).

    Belongs into the transaction that ends the work, so that nothing is counted without an end
    nor ended without a count; outside of one it is a RuntimeError. Raises IntegrityError when
    the same source has used the same metric before.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"Usage of {source} needs the transaction that ends the work.")
    _write(
        quantities,
        tenant=tenant_id,
        source=source,
        quota=quota_id,
        user=user_id,
        key=api_key_id,
        operation=operation,
        note="",
    )


def adjust_usage(
    *, actor: User, tenant: Tenant, quantities: Mapping[str, int], reason: str
) -> UUID:
    """Put this month's use of a tenant right by ``quantities``, which may be negative.

    Returns the id of the adjustment. Raises Forbidden, and Invalid where less than nothing would
    be left.
    """
    if not actor.is_staff:
        raise Forbidden
    adjustment = uuid.uuid4()
    open_month(tenant_id=tenant.pk)
    given: dict[str, Any] = dict.fromkeys(UsageRecord.Metric.values, 0) | dict(quantities)
    with transaction.atomic():
        with connection.cursor() as cursor:
            try:
                with transaction.atomic():
                    cursor.execute(_ADJUST, {**given, "tenant": tenant.pk})
                    (quota_id,) = cursor.fetchone()
            except IntegrityError:
                raise Invalid("Less than nothing would be used this month.") from None
        _write(
            {metric: quantity for metric, quantity in given.items() if quantity},
            tenant=tenant.pk,
            source=f"adjustment:{adjustment}",
            quota=quota_id,
            user=None,
            key=None,
            operation=ADJUSTMENT,
            note=reason,
        )
        record(
            tenant_id=tenant.pk,
            actor=actor,
            action=AuditAction.USAGE_ADJUSTED,
            subject=f"adjustment:{adjustment}",
            details={**given, "reason": reason},
        )
    return adjustment


def _write(quantities: Mapping[str, int], **given: Any) -> None:
    metrics = [UsageRecord.Metric(metric).value for metric in quantities]
    sums: dict[str, Any] = dict.fromkeys(UsageRecord.Metric.values, 0) | dict(quantities)
    amounts: dict[str, Any] = {"metrics": metrics, "quantities": [*quantities.values()]}
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, {**given, **sums, **amounts})
