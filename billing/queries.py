"""Reading the usage ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
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


@dataclass(frozen=True, slots=True)
class Allowed:
    """So much of something a month, and what is gone of it; ``limit`` None: any number."""

    limit: int | None
    used: int
    reserved: int

    @property
    def remaining(self) -> int | None:
        """How much more would be accepted now."""
        if self.limit is None:
            return None
        return max(0, self.limit - self.used - self.reserved)


@dataclass(frozen=True, slots=True)
class Month:
    """A tenant's present month: it ends, and counting begins anew, at ``resets_at``."""

    starts_at: datetime
    resets_at: datetime
    documents: Allowed
    pages: Allowed


def this_month(*, tenant_id: UUID) -> Month:
    """Return what the tenant may mark this month, and has; by the database's clock, one query."""
    with connection.cursor() as cursor:
        cursor.execute(_MONTH, {"tenant": tenant_id})
        starts_at, resets_at, *figures = cursor.fetchone()
    return Month(starts_at, resets_at, Allowed(*figures[:3]), Allowed(*figures[3:]))


# The row of a month is made by its first work (services/quota.py).
_MONTH = """
    WITH month AS (SELECT date_trunc('month', statement_timestamp() AT TIME ZONE 'UTC') AS starts)
    SELECT month.starts AT TIME ZONE 'UTC', (month.starts + interval '1 month') AT TIME ZONE 'UTC',
        tenant.monthly_documents, coalesce(documents_used, 0), coalesce(documents_reserved, 0),
        tenant.monthly_pages, coalesce(pages_used, 0), coalesce(pages_reserved, 0)
    FROM month CROSS JOIN accounts_tenant tenant
    LEFT JOIN billing_quota quota
        ON quota.tenant_id = tenant.id AND quota.starts_on = month.starts::date
    WHERE tenant.id = %(tenant)s
"""
