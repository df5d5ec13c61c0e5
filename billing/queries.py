"""Reading what was used and what it costs, in a constant number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import BigIntegerField, F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts.principal import Principal
from billing.models import Invoice, KeyBudget, Payment, Subscription, UsageAlert
from billing.models.invoice import InvoiceQuerySet
from billing.models.payment import PaymentQuerySet
from billing.models.usage_alert import UsageAlertQuerySet
from billing.services.periods import BOUNDS, NOW_IN_QUOTA
from billing.services.spending import price_of, spent
from config.errors import Missing


@dataclass(frozen=True, slots=True)
class Allowed:
    """One unit of a month: used, held by work under way, and the limit (None: any number)."""

    unit: str
    used: int
    reserved: int
    limit: int | None

    @property
    def percent(self) -> int | None:
        """How much of the limit is used, in whole percent; None without a limit."""
        if self.limit is None:
            return None
        return min(100, self.used * 100 // self.limit) if self.limit else 100

    @property
    def remaining(self) -> int | None:
        """How much more would be accepted now; None for any number."""
        if self.limit is None:
            return None
        return max(0, self.limit - self.used - self.reserved)


@dataclass(frozen=True, slots=True)
class Month:
    """The present usage month; amounts in minor units."""

    starts_at: datetime
    ends_at: datetime
    documents: Allowed
    pages: Allowed
    bytes: Allowed
    spend: Allowed
    included_pages: int | None
    page_price: int | None
    quota_id: Any

    @property
    def measures(self) -> list[Allowed]:
        """Those that everybody has."""
        return [self.documents, self.pages, self.bytes]


_MONTH = f"""
    SELECT bounds.starts_at, coalesce(quota.ends_at, bounds.ends_at), quota.id,
        coalesce(quota.included_pages, tenant.included_pages),
        CASE WHEN quota.id IS NULL THEN tenant.page_price ELSE quota.page_price END,
        coalesce(documents_used, 0), coalesce(documents_reserved, 0), tenant.monthly_documents,
        coalesce(pages_used, 0), coalesce(pages_reserved, 0), tenant.monthly_pages,
        coalesce(bytes_used, 0), coalesce(bytes_reserved, 0), tenant.monthly_bytes,
        coalesce({spent("pages_used", "quota")}, 0),
        coalesce({spent("pages_used + pages_reserved", "quota")}
            - {spent("pages_used", "quota")}, 0),
        tenant.monthly_spend_cap
    FROM accounts_tenant tenant CROSS JOIN {BOUNDS}
    LEFT JOIN billing_quota quota ON quota.tenant_id = tenant.id AND {NOW_IN_QUOTA}
    WHERE tenant.id = %s AND bounds.starts_at <= statement_timestamp()
        AND bounds.ends_at > statement_timestamp()
"""  # noqa: S608 - built from constants


def this_month(*, tenant_id: UUID) -> Month:
    """Return the tenant's present month, whether or not anything was used in it; one query."""
    with connection.cursor() as cursor:
        cursor.execute(_MONTH, [tenant_id])
        starts_at, ends_at, quota_id, included, price, *figures = cursor.fetchone()
    units = ("documents", "pages", "bytes", "spend")
    measures = {
        unit: Allowed(unit, *figures[3 * index : 3 * index + 3]) for index, unit in enumerate(units)
    }
    return Month(
        starts_at=starts_at,
        ends_at=ends_at,
        quota_id=quota_id,
        included_pages=included,
        page_price=price,
        **measures,
    )


def subscription_of(*, principal: Principal) -> Subscription | None:
    """Return the tenant's subscription with its plans; None for a tenant without a plan."""
    found = Subscription.objects.visible_to(principal).select_related("plan", "next_plan")
    return found.first()


@dataclass(frozen=True, slots=True)
class KeyCap:
    """What a key may spend in a month and has spent, in minor units."""

    api_key_id: Any
    name: str
    cap: int
    spent: int


def key_caps(*, principal: Principal, month: Month) -> list[KeyCap]:
    """Return the caps of the tenant's keys, by the keys' names."""
    budgets = KeyBudget.objects.filter(tenant_id=principal.tenant_id).select_related("api_key")
    price = month.page_price or 0
    return [
        KeyCap(
            api_key_id=budget.api_key_id,
            name=budget.api_key.name,
            cap=budget.cap,
            spent=price_of(pages=budget.pages, page_price=price)
            if budget.quota_id == month.quota_id
            else 0,
        )
        for budget in budgets.order_by("api_key__name", "pk")
    ]


def alerts_for(principal: Principal) -> UsageAlertQuerySet:
    """Return what the tenant was told of its allowance, newest first."""
    return UsageAlert.objects.visible_to(principal).select_related("api_key")


class InvoiceMissing(Missing):
    """No such invoice, or another tenant's."""


def invoices_for(principal: Principal, kind: str | None = None) -> InvoiceQuerySet:
    """Return the tenant's invoices and credit notes, newest first."""
    found = Invoice.objects.visible_to(principal).select_related("credits")
    found = found.annotate(paid=_sum_of(Payment, "invoice", "amount"))
    found = found.annotate(credited=_sum_of(Invoice, "credits", "total"))
    found = found.annotate(open=F("total") + F("credited") - F("paid"))
    return found.filter(kind=kind) if kind else found


def _sum_of(model: Any, reference: str, column: str) -> Coalesce:
    """Return the sum of what points to an invoice."""
    rows = model.objects.filter(**{reference: OuterRef("pk")}).order_by().values(reference)
    return Coalesce(Subquery(rows.values(sum=Sum(column))), 0, output_field=BigIntegerField())


def payments_for(principal: Principal) -> PaymentQuerySet:
    """Return what the tenant has paid, newest first."""
    return Payment.objects.visible_to(principal)


def invoice_for(principal: Principal, invoice_id: UUID) -> Invoice:
    """Return one of them with its lines. Raises InvoiceMissing."""
    found = invoices_for(principal).prefetch_related("lines").filter(pk=invoice_id).first()
    if found is None:
        raise InvoiceMissing
    return found
