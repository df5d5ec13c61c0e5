"""Reading the usage ledger."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db.models import Sum

from accounts.principal import Principal
from billing.models import UsageRecord


class UsageTotals(NamedTuple):
    """Sums of the ledger; ``bytes`` are those of the originals."""

    documents: int
    pages: int
    bytes: int


def usage_since(principal: Principal, *, since: datetime) -> UsageTotals:
    """Return what the principal's tenant has consumed since an instant, in one query."""
    sums = dict(
        UsageRecord.objects.filter(tenant_id=principal.tenant_id, occurred_at__gte=since)
        .order_by()
        .values_list("metric")
        .annotate(Sum("quantity"))
    )
    return UsageTotals(*(sums.get(metric, 0) for metric in UsageTotals._fields))
