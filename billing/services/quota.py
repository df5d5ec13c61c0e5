"""The month's allowance: reserve when work is accepted, settle or release when it ends.

Each step is one conditional UPDATE of one row: of any number of callers at once exactly as many
pass as there is room for (a look before the change lets through a fifth too many). All belong
into the transaction that accepts or ends the work.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from billing.services import key_budgets
from billing.services.alerts import notice
from billing.services.periods import NOW_IN_QUOTA, open_month
from billing.services.refusals import QuotaExceeded, SpendCapReached, refusal
from billing.services.spending import spent

__all__ = [
    "Hold",
    "QuotaExceeded",
    "SpendCapReached",
    "release",
    "release_all",
    "require_room",
    "reserve",
    "reserve_all",
    "settle",
]

_UNITS = ("documents", "pages", "bytes")
_ROOM = " AND ".join(
    f"(tenant.monthly_{unit} IS NULL OR tenant.monthly_{unit} >="
    f" {unit}_used + {unit}_reserved + sums.{unit})"
    for unit in _UNITS
)
_AFFORDED = f"""
    (tenant.monthly_spend_cap IS NULL OR quota.page_price IS NULL OR tenant.monthly_spend_cap >=
        {spent("pages_used + pages_reserved + sums.pages", "quota")})
"""
_RESERVE = f"""
    WITH wanted AS (
        SELECT * FROM unnest(%(sources)s::text[], %(documents)s::bigint[], %(pages)s::bigint[],
            %(bytes)s::bigint[], %(keys)s::uuid[])
            AS wanted (source, documents, pages, bytes, api_key_id)
    ), sums AS (
        SELECT sum(documents)::bigint AS documents, sum(pages)::bigint AS pages,
            sum(bytes)::bigint AS bytes FROM wanted
    ), taken AS (
        UPDATE billing_quota quota SET
            documents_reserved = documents_reserved + sums.documents,
            pages_reserved = pages_reserved + sums.pages,
            bytes_reserved = bytes_reserved + sums.bytes
        FROM accounts_tenant tenant, sums
        WHERE quota.tenant_id = %(tenant)s AND {NOW_IN_QUOTA}
            -- It may have waited for the month's closing, and began before it ended.
            AND quota.closed_at IS NULL
            AND tenant.id = quota.tenant_id AND {_ROOM} AND {_AFFORDED}
        RETURNING quota.id
    )
    INSERT INTO billing_reservation
        (id, tenant_id, quota_id, source, documents, pages, bytes, api_key_id, created_at)
    SELECT gen_random_uuid(), %(tenant)s, taken.id, wanted.source, wanted.documents, wanted.pages,
        wanted.bytes, wanted.api_key_id, statement_timestamp()
    FROM taken, wanted
    RETURNING quota_id
"""  # noqa: S608 - built from constants
_LIMITS = f"""
    SELECT tenant.monthly_documents, documents_used, documents_reserved,
        tenant.monthly_pages, pages_used, pages_reserved,
        tenant.monthly_bytes, bytes_used, bytes_reserved,
        CASE WHEN quota.page_price IS NOT NULL THEN tenant.monthly_spend_cap END,
        {spent("pages_used", "quota")},
        {spent("pages_used + pages_reserved", "quota")} - {spent("pages_used", "quota")},
        {spent("pages_used + pages_reserved + %(pages)s", "quota")}
    FROM accounts_tenant tenant JOIN billing_quota quota ON quota.tenant_id = tenant.id
    WHERE tenant.id = %(tenant)s AND {NOW_IN_QUOTA}
"""  # noqa: S608 - built from constants
_FREE = """
    DELETE FROM billing_reservation WHERE source = %(source)s
    RETURNING quota_id, documents, pages, bytes, api_key_id
"""
# What was promised stays promised, whatever was lowered since; only more needs room.
_SETTLE = f"""
    UPDATE billing_quota quota SET
        documents_reserved = documents_reserved - %(freed_documents)s,
        documents_used = documents_used + %(documents)s,
        pages_reserved = pages_reserved - %(freed_pages)s,
        pages_used = pages_used + %(pages)s,
        bytes_reserved = bytes_reserved - %(freed_bytes)s,
        bytes_used = bytes_used + %(bytes)s
    FROM accounts_tenant tenant
    WHERE quota.id = %(quota)s AND tenant.id = quota.tenant_id
        AND (%(pages)s <= %(freed_pages)s OR (
            (tenant.monthly_pages IS NULL OR
                tenant.monthly_pages >= pages_used + pages_reserved - %(freed_pages)s + %(pages)s)
            AND (tenant.monthly_spend_cap IS NULL OR quota.page_price IS NULL OR
                tenant.monthly_spend_cap >=
                {spent("pages_used + pages_reserved - %(freed_pages)s + %(pages)s", "quota")})))
    RETURNING documents_used, tenant.monthly_documents, pages_used,
        coalesce(tenant.monthly_pages, quota.included_pages), bytes_used, tenant.monthly_bytes,
        {spent("pages_used", "quota")}, tenant.monthly_spend_cap
"""  # noqa: S608 - built from constants
_RELEASE = """
    WITH freed AS (
        DELETE FROM billing_reservation WHERE source = ANY(%(sources)s)
        RETURNING quota_id, documents, pages, bytes, api_key_id
    ), sums AS (
        SELECT quota_id, sum(documents) AS documents, sum(pages) AS pages, sum(bytes) AS bytes
        FROM freed GROUP BY quota_id
    ), given_back AS (
        UPDATE billing_quota SET
            documents_reserved = documents_reserved - sums.documents,
            pages_reserved = pages_reserved - sums.pages,
            bytes_reserved = bytes_reserved - sums.bytes
        FROM sums WHERE billing_quota.id = sums.quota_id
    )
    SELECT api_key_id, quota_id, sum(pages)::bigint FROM freed
    WHERE api_key_id IS NOT NULL GROUP BY api_key_id, quota_id ORDER BY api_key_id
"""


class Hold(NamedTuple):
    """What is to be held for one ``source``, which ``api_key_id`` has asked for."""

    source: str
    documents: int
    pages: int
    bytes: int = 0
    api_key_id: UUID | None = None


def reserve(
    *,
    tenant_id: UUID,
    source: str,
    documents: int,
    pages: int,
    bytes: int = 0,
    api_key_id: UUID | None = None,
) -> None:
    """Hold so much of the month for ``source``, which ``api_key_id`` has asked for.

    Raises QuotaExceeded and SpendCapReached; then the caller's transaction is to be undone.
    """
    hold = Hold(source, documents, pages, bytes, api_key_id)
    reserve_all(tenant_id=tenant_id, holds=[hold])


def reserve_all(*, tenant_id: UUID, holds: Sequence[Hold]) -> None:
    """Hold all of this or nothing, in statements that do not grow in number; as ``reserve``."""
    if not holds:
        return
    _require_transaction(holds[0].source)
    sources, documents, pages, sizes, keys = map(list, zip(*holds, strict=True))
    given: dict[str, Any] = {
        "tenant": tenant_id,
        "sources": sources,
        "documents": documents,
        "pages": pages,
        "bytes": sizes,
        "keys": keys,
    }
    with connection.cursor() as cursor:
        for _ in range(2):
            cursor.execute(_RESERVE, given)
            if held := cursor.fetchone():
                break
            open_month(tenant_id=tenant_id)
        else:
            raise _exceeded(cursor, tenant_id, sum(documents), sum(pages), sum(sizes))
    for key_id in sorted({hold.api_key_id for hold in holds if hold.api_key_id}):
        of_key = sum(hold.pages for hold in holds if hold.api_key_id == key_id)
        key_budgets.take(api_key_id=key_id, quota_id=held[0], pages=of_key)


def require_room(*, tenant_id: UUID, documents: int = 1) -> None:
    """Raise what ``reserve`` would raise now of so many documents of one page each.

    Holds nothing: it spares a client the upload of what is going to be refused.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LIMITS, {"tenant": tenant_id, "pages": documents})
        row = cursor.fetchone()
    if row and (
        error := refusal(row, tenant_id=tenant_id, documents=documents, pages=documents, bytes=1)
    ):
        raise error


def settle(*, tenant_id: UUID, source: str, documents: int, pages: int, bytes: int = 0) -> UUID:
    """Turn what ``source`` holds into use; return the quota that was charged.

    More pages than were held must find room as well, else QuotaExceeded or SpendCapReached. What
    was accepted without a reservation is charged to this month.
    """
    _require_transaction(source)
    used: dict[str, Any] = {"documents": documents, "pages": pages, "bytes": bytes}
    with connection.cursor() as cursor:
        cursor.execute(_FREE, {"source": source})
        if (freed := cursor.fetchone()) is None:
            reserve(tenant_id=tenant_id, source=source, **used)
            cursor.execute(_FREE, {"source": source})
            freed = cursor.fetchone()
        quota_id, *held, api_key_id = freed
        given = {f"freed_{unit}": quantity for unit, quantity in zip(_UNITS, held, strict=True)}
        cursor.execute(_SETTLE, {"quota": quota_id, **given, **used})
        if (figures := cursor.fetchone()) is None:
            raise _too_long(cursor, tenant_id, pages, pages - given["freed_pages"])
    if api_key_id:
        if more := pages - given["freed_pages"]:
            key_budgets.take(api_key_id=api_key_id, quota_id=quota_id, pages=more)
        key_budgets.tell(api_key_id=api_key_id, quota_id=quota_id)
    notice(tenant_id=tenant_id, quota_id=quota_id, figures=figures)
    charged: UUID = quota_id
    return charged


def release(*, source: str) -> None:
    """Give back what ``source`` holds, if anything: failed and cancelled work is free."""
    release_all(sources=[source])


def release_all(*, sources: Sequence[str]) -> None:
    """Give back what all of ``sources`` hold, in one statement and one for each key."""
    if not sources:
        return
    _require_transaction(sources[0])
    with connection.cursor() as cursor:
        cursor.execute(_RELEASE, {"sources": list(sources)})
        freed = cursor.fetchall()
    for api_key_id, quota_id, pages in freed:
        key_budgets.give_back(api_key_id=api_key_id, quota_id=quota_id, pages=pages)


def _too_long(cursor: Any, tenant_id: UUID, pages: int, more: int) -> QuotaExceeded:
    cursor.execute(_LIMITS, {"tenant": tenant_id, "pages": more})
    row = cursor.fetchone()
    asked = {"documents": 0, "pages": more, "bytes": 0}
    why = refusal(row, tenant_id=tenant_id, **asked) if row else None
    if isinstance(why, SpendCapReached):
        return why
    return QuotaExceeded(
        f"This document has {pages} pages, more than are left of this month's.",
        unit="pages",
        required=pages,
    )


def _exceeded(cursor: Any, tenant_id: UUID, documents: int, pages: int, bytes: int) -> Exception:
    cursor.execute(_LIMITS, {"tenant": tenant_id, "pages": pages})
    asked = {"documents": documents, "pages": pages, "bytes": bytes}
    # None: room was made between the two statements. Asked again, it will do.
    return refusal(cursor.fetchone(), tenant_id=tenant_id, **asked) or QuotaExceeded()


def _require_transaction(source: str) -> None:
    if not connection.in_atomic_block:
        raise RuntimeError(f"The allowance of {source} needs the transaction of its work.")
