"""Reading the usage ledger."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Sum

from accounts.principal import Principal
from billing.models import UsageRecord


def usage_since(*, principal: Principal, since: datetime) -> dict[str, int]:
    """Return what the tenant has consumed since an instant: a sum for every metric, one query."""
    sums = (
        UsageRecord.objects.filter(tenant_id=principal.tenant_id, occurred_at__gte=since)
        .order_by()
        .values_list("metric")
        .annotate(Sum("quantity"))
    )
    return dict.fromkeys(UsageRecord.Metric.values, 0) | dict(sums)
