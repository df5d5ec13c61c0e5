"""What single API keys may spend: set by people, counted with the allowance."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection, transaction

from accounts.models import APIKey, AuditAction
from accounts.services.audit import record
from billing.models import KeyBudget
from billing.money import written
from billing.services.alerts import notice_of_key
from billing.services.periods import NOW_IN_QUOTA, open_month
from billing.services.plans import currency_of
from billing.services.refusals import SpendCapReached
from config.errors import Missing

if TYPE_CHECKING:
    from accounts.principal import Principal

# Counting begins anew with each month. Pages that are given back always find room.
_TAKE = """
    UPDATE billing_keybudget budget SET quota_id = quota.id,
        pages = %(pages)s + CASE WHEN budget.quota_id = quota.id THEN budget.pages ELSE 0 END
    FROM billing_quota quota
    WHERE quota.id = %(quota)s AND budget.api_key_id = %(key)s
        AND budget.tenant_id = quota.tenant_id
        AND (budget.quota_id = quota.id OR %(pages)s > 0)
        AND (%(pages)s <= 0 OR ((%(pages)s + CASE WHEN budget.quota_id = quota.id
            THEN budget.pages ELSE 0 END) * coalesce(quota.page_price, 0)::bigint + 999) / 1000
            <= budget.cap)
"""
_FIGURES = """
    SELECT budget.tenant_id, budget.cap,
        ((CASE WHEN budget.quota_id = quota.id THEN budget.pages ELSE 0 END)
            * coalesce(quota.page_price, 0)::bigint + 999) / 1000
    FROM billing_keybudget budget, billing_quota quota
    WHERE budget.api_key_id = %s AND quota.id = %s
"""
# What the key holds and has used of the present month, for a cap that is new.
_COUNT = f"""
    INSERT INTO billing_keybudget AS budget (id, tenant_id, api_key_id, cap, quota_id, pages,
        created_at)
    SELECT %(id)s, %(tenant)s, %(key)s, %(cap)s, quota.id,
        (SELECT coalesce(sum(quantity), 0) FROM billing_usagerecord
            WHERE quota_id = quota.id AND api_key_id = %(key)s AND metric = 'pages')
        + (SELECT coalesce(sum(pages), 0) FROM billing_reservation
            WHERE quota_id = quota.id AND api_key_id = %(key)s),
        statement_timestamp()
    FROM billing_quota quota WHERE quota.tenant_id = %(tenant)s AND {NOW_IN_QUOTA}
    ON CONFLICT (api_key_id) DO UPDATE SET cap = excluded.cap
"""  # noqa: S608 - built from constants


def take(*, api_key_id: UUID, quota_id: UUID, pages: int) -> None:
    """Count pages of a month for a key that may have a cap; fewer than none gives some back.

    Raises SpendCapReached.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"key": api_key_id, "quota": quota_id, "pages": pages})
        if cursor.rowcount or pages <= 0:
            return
        cursor.execute(_FIGURES, [api_key_id, quota_id])
        row = cursor.fetchone()
    if row is None:
        return
    tenant_id, cap, used = row
    currency = currency_of(tenant_id)
    raise SpendCapReached(
        f"This API key may spend {written(cap, currency)} a month;"
        f" {written(used, currency)} is spent.",
        unit="key_spend",
        limit=cap,
        used=used,
        reserved=0,
    )


def tell(*, api_key_id: UUID, quota_id: UUID) -> None:
    """Say which level of its cap a key has reached, if it has one, with what is under way.

    In the transaction that settles: the month's row is locked.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, [api_key_id, quota_id])
        row = cursor.fetchone()
    if row is not None:
        tenant_id, cap, spent = row
        notice_of_key(
            tenant_id=tenant_id, quota_id=quota_id, api_key_id=api_key_id, spent=spent, cap=cap
        )


def give_back(*, api_key_id: UUID, quota_id: UUID, pages: int) -> None:
    """Take pages of a month off a key's count."""
    take(api_key_id=api_key_id, quota_id=quota_id, pages=-pages)


def set_key_cap(*, principal: Principal, api_key_id: UUID, cap: int | None) -> None:
    """Let a key spend at most ``cap`` minor units a month; None: as much as the tenant may.

    Raises InsufficientScope and Missing.
    """
    principal.require("billing:write")
    tenant_id = principal.tenant_id
    open_month(tenant_id=tenant_id)
    with transaction.atomic():
        if not APIKey.objects.visible_to(principal).filter(pk=api_key_id).exists():
            raise Missing
        _lock_month(tenant_id)
        if cap is None:
            KeyBudget.objects.filter(tenant_id=tenant_id, api_key_id=api_key_id).delete()
        else:
            row: dict[str, Any] = {"id": uuid.uuid4(), "tenant": tenant_id}
            with connection.cursor() as cursor:
                cursor.execute(_COUNT, {**row, "key": api_key_id, "cap": cap})
        record(
            tenant_id=tenant_id,
            actor=principal,
            action=AuditAction.SPEND_CAP_CHANGED,
            subject=f"api_key:{api_key_id}",
            details={"cap": cap},
        )


def _lock_month(tenant_id: UUID) -> None:
    """Wait for work that is being accepted or ended, so that nothing is counted twice or not."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT 1 FROM billing_quota quota WHERE quota.tenant_id = %s AND {NOW_IN_QUOTA}"  # noqa: S608 - built from constants
            " FOR UPDATE",
            [tenant_id],
        )
