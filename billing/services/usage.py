"""The usage ledger's one way in."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db import connection

from billing.models import UsageRecord


def record_usage(
    *,
    tenant_id: UUID,
    source: str,
    quantities: Mapping[str, int],
    quota_id: UUID | None = None,
    user_id: UUID | None = None,
    api_key_id: UUID | None = None,
) -> list[UsageRecord]:
    """Write what ``source`` (``"job:<uuid>"``) consumed: a quantity for each metric.

    ``quota_id``: what was charged for it (services/quota.py).

    Belongs into the transaction that ends the work, so that nothing is counted without an end
    nor ended without a count; outside of one it is a RuntimeError. Raises IntegrityError when
    the same source has used the same metric before.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"Usage of {source} needs the transaction that ends the work.")
    return UsageRecord.objects.bulk_create(
        UsageRecord(
            tenant_id=tenant_id,
            metric=UsageRecord.Metric(metric),
            quantity=quantity,
            source=source,
            quota_id=quota_id,
            user_id=user_id,
            api_key_id=api_key_id,
        )
        for metric, quantity in quantities.items()
    )
