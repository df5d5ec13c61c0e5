"""Reading the usage ledger."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Sum

from accounts.models import Tenant
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


def monthly_allowance(*, principal: Principal) -> dict[str, int | None]:
    """Return how many documents and pages the tenant may mark in a month; None for any number."""
    tenant = Tenant.objects.only("monthly_documents", "monthly_pages").get(pk=principal.tenant_id)
    return {"documents": tenant.monthly_documents, "pages": tenant.monthly_pages}
