"""Rows of the ledger and the allowance for any room's tests."""

from __future__ import annotations

import itertools
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import Tenant
from accounts.tests.factories import make_api_key
from billing.models import KeyBudget, LimitOverride, Plan, Reservation, UsageAlert, UsageRecord
from billing.services.quota import reserve, settle
from billing.services.subscriptions import subscribe
from billing.services.usage import record_usage

_numbers = itertools.count(1)


def make_reservation(tenant: Tenant, *, documents: int = 1, pages: int = 1) -> Reservation:
    """Return a reservation of the present month."""
    source = f"work:{next(_numbers)}"
    with transaction.atomic():
        reserve(tenant_id=tenant.pk, source=source, documents=documents, pages=pages)
    return Reservation.objects.get(source=source)


def make_usage(tenant: Tenant, *, pages: int = 1) -> UsageRecord:
    """Return a line of the ledger."""
    source = f"work:{next(_numbers)}"
    with transaction.atomic():
        record_usage(tenant_id=tenant.pk, source=source, quantities={"pages": pages})
    return UsageRecord.objects.get(source=source)


def use(
    tenant: Tenant,
    *,
    documents: int = 1,
    pages: int = 1,
    bytes: int = 0,
    user_id: UUID | None = None,
    api_key_id: UUID | None = None,
) -> str:
    """Use so much of the present month, as a job that has succeeded; return its source."""
    source = f"work:{next(_numbers)}"
    used: dict[str, Any] = {"documents": documents, "pages": pages, "bytes": bytes}
    with transaction.atomic():
        reserve(tenant_id=tenant.pk, source=source, api_key_id=api_key_id, **used)
        record_usage(
            tenant_id=tenant.pk,
            source=source,
            quota_id=settle(tenant_id=tenant.pk, source=source, **used),
            quantities=used,
            user_id=user_id,
            api_key_id=api_key_id,
        )
    return source


def furnish_billing(tenant: Tenant) -> None:
    """Give a tenant a plan and a row of everything that belongs to one."""
    subscribe(actor=None, tenant_id=tenant.pk, plan=Plan.objects.get(code="business"))
    quota = make_reservation(tenant).quota
    key, _ = make_api_key(tenant, name=f"Capped program of {tenant.name}")
    KeyBudget.objects.create(tenant=tenant, api_key=key, cap=76_543, quota=quota)
    # There is one at a time, and a tenant may be furnished twice.
    LimitOverride.objects.get_or_create(
        tenant=tenant,
        limit="max_pages",
        defaults={"value": 20_000, "reason": f"A favour for {tenant.name}"},
    )
    for percent in (50, 80):  # two, so that their list has a second page
        UsageAlert.objects.create(
            tenant=tenant,
            quota=quota,
            unit="pages",
            percent=percent,
            limit=87_654,
            used=45_678,
            created_at=quota.starts_at,
            mail_after=quota.starts_at,
        )
