"""Rows of the ledger and the allowance for any room's tests."""

from __future__ import annotations

import itertools
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from accounts.models import Tenant, User
from accounts.tests.factories import make_api_key
from billing.models import (
    BillingDetails,
    Invoice,
    KeyBudget,
    LimitOverride,
    MeterReport,
    Payment,
    Plan,
    ProviderAccount,
    Reservation,
    Term,
    UsageAlert,
    UsageRecord,
)
from billing.services.crediting import credit_invoice
from billing.services.invoicing import Charge, issue_invoice
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


def make_invoice(tenant: Tenant, *, plan: str = "business") -> Invoice:
    """Return an invoice for a term of a plan that begins now."""
    subscribe(actor=None, tenant_id=tenant.pk, plan=Plan.objects.get(code=plan))
    term = Term.objects.filter(tenant=tenant).latest("starts_at")
    with transaction.atomic():
        Term.objects.filter(pk=term.pk).update(settled_at=term.starts_at, is_billed=True)
        charge = Charge(
            kind="plan",
            text=f"Business, one month, for {tenant.name}",
            quantity=1,
            unit_price=term.price,
            amount=term.price,
            starts_at=term.starts_at,
            ends_at=term.ends_at,
            term_id=term.pk,
        )
        return issue_invoice(
            tenant_id=tenant.pk, turn_at=term.starts_at, currency="EUR", charges=[charge]
        )


def make_provider_account(tenant: Tenant) -> ProviderAccount:
    """Return a customer at the provider who has bought nothing there."""
    return ProviderAccount.objects.get_or_create(
        tenant=tenant, defaults={"provider": "stripe", "customer_id": f"cus_{tenant.pk.hex}"}
    )[0]


def furnish_billing(tenant: Tenant) -> None:
    """Give a tenant a plan and a row of everything that belongs to one."""
    BillingDetails.objects.get_or_create(
        tenant=tenant, defaults={"name": f"{tenant.name} Limited", "tax_id": "ATU98765432"}
    )
    invoice = make_invoice(tenant)
    credit_invoice(actor=User(is_staff=True), invoice=invoice, reason="A favour", net=4_321)
    quota = make_reservation(tenant).quota
    key, _ = make_api_key(tenant, name=f"Capped program of {tenant.name}")
    KeyBudget.objects.create(tenant=tenant, api_key=key, cap=76_543, quota=quota)
    make_provider_account(tenant)
    for number in (1, 2):  # so that their list has a second page
        Payment.objects.create(
            tenant=tenant,
            provider="stripe",
            reference=f"in_{uuid4().hex}",
            number=f"Number {number} of {tenant.name}",
            currency="EUR",
            amount=12_345,
            paid_on=quota.starts_at.date(),
        )
    MeterReport.objects.get_or_create(
        quota=quota,
        spent_before=0,
        defaults={
            "tenant": tenant,
            "spent_after": 7_531,
            "created_at": quota.starts_at,
            "counts_at": quota.starts_at,
        },
    )
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
