"""The monthly allowance: reserve when work is accepted, settle or release when it ends.

Each step is one conditional UPDATE of one row: of any number of callers at once exactly as many
pass as there is room for (a look before the change lets through a fifth too many). All belong
into the transaction that accepts or ends the work.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, TypeAlias
from uuid import UUID

from django.db import connection

from config.errors import LimitReached

Unit: TypeAlias = Literal["documents", "pages"]


class QuotaExceeded(LimitReached):
    """The month's allowance does not suffice; ``context`` has unit, limit, used and reserved."""

    message = "Your plan's allowance for this month is used up."


# The month of the statement's own clock. A row that is not there yet is made by _OPEN.
_MONTH = "date_trunc('month', statement_timestamp() AT TIME ZONE 'UTC')::date"
_RESERVE = f"""
    WITH wanted AS (
        SELECT * FROM unnest(%(sources)s::text[], %(documents)s::bigint[], %(pages)s::bigint[])
            AS wanted (source, documents, pages)
    ), sums AS (
        SELECT sum(documents)::bigint AS documents, sum(pages)::bigint AS pages FROM wanted
    ), taken AS (
        UPDATE billing_quota quota SET
            documents_reserved = documents_reserved + sums.documents,
            pages_reserved = pages_reserved + sums.pages
        FROM accounts_tenant tenant, sums
        WHERE quota.tenant_id = %(tenant)s AND quota.starts_on = {_MONTH}
            AND tenant.id = quota.tenant_id
            AND (tenant.monthly_documents IS NULL OR tenant.monthly_documents >=
                documents_used + documents_reserved + sums.documents)
            AND (tenant.monthly_pages IS NULL OR tenant.monthly_pages >=
                pages_used + pages_reserved + sums.pages)
        RETURNING quota.id
    )
    INSERT INTO billing_reservation (id, tenant_id, quota_id, source, documents, pages, created_at)
    SELECT gen_random_uuid(), %(tenant)s, taken.id, wanted.source, wanted.documents, wanted.pages,
        statement_timestamp()
    FROM taken, wanted
"""  # noqa: S608 - built from constants
_OPEN = f"""
    INSERT INTO billing_quota (id, tenant_id, starts_on,
        documents_used, documents_reserved, pages_used, pages_reserved)
    VALUES (%(id)s, %(tenant)s, {_MONTH}, 0, 0, 0, 0)
    ON CONFLICT (tenant_id, starts_on) DO NOTHING
"""  # noqa: S608 - built from constants
_LIMITS = f"""
    SELECT tenant.monthly_documents, documents_used, documents_reserved,
        tenant.monthly_pages, pages_used, pages_reserved
    FROM accounts_tenant tenant JOIN billing_quota quota ON quota.tenant_id = tenant.id
    WHERE tenant.id = %(tenant)s AND quota.starts_on = {_MONTH}
"""  # noqa: S608 - built from constants
_FREE = """
    DELETE FROM billing_reservation WHERE source = %(source)s
    RETURNING quota_id, documents, pages
"""
_RELEASE = """
    WITH freed AS (
        DELETE FROM billing_reservation WHERE source = ANY(%(sources)s)
        RETURNING quota_id, documents, pages
    ), sums AS (
        SELECT quota_id, sum(documents) AS documents, sum(pages) AS pages
        FROM freed GROUP BY quota_id
    )
    UPDATE billing_quota SET
        documents_reserved = documents_reserved - sums.documents,
        pages_reserved = pages_reserved - sums.pages
    FROM sums WHERE billing_quota.id = sums.quota_id
"""
_SETTLE = """
    UPDATE billing_quota quota SET
        documents_reserved = documents_reserved - %(freed_documents)s,
        documents_used = documents_used + %(documents)s,
        pages_reserved = pages_reserved - %(freed_pages)s,
        pages_used = pages_used + %(pages)s
    FROM accounts_tenant tenant
    WHERE quota.id = %(quota)s AND tenant.id = quota.tenant_id
        AND (tenant.monthly_pages IS NULL OR %(pages)s <= %(freed_pages)s
            OR tenant.monthly_pages >= pages_used + pages_reserved - %(freed_pages)s + %(pages)s)
    RETURNING quota.id
"""


class Hold(NamedTuple):
    """What is to be held for one ``source``."""

    source: str
    documents: int
    pages: int


def reserve(*, tenant_id: UUID, source: str, documents: int, pages: int) -> None:
    """Hold so much of the month for ``source``; raises QuotaExceeded, which holds nothing."""
    reserve_all(tenant_id=tenant_id, holds=[Hold(source, documents, pages)])


def reserve_all(*, tenant_id: UUID, holds: Sequence[Hold]) -> None:
    """Hold all of this or nothing, in statements that do not grow in number; as ``reserve``."""
    if not holds:
        return
    _require_transaction(holds[0].source)
    given: dict[str, Any] = {
        "tenant": tenant_id,
        "sources": [hold.source for hold in holds],
        "documents": [hold.documents for hold in holds],
        "pages": [hold.pages for hold in holds],
    }
    with connection.cursor() as cursor:
        for _ in range(2):
            cursor.execute(_RESERVE, given)
            if cursor.rowcount:
                return
            cursor.execute(_OPEN, {"id": uuid.uuid4(), "tenant": tenant_id})
        cursor.execute(_LIMITS, {"tenant": tenant_id})
        raise _exceeded(cursor.fetchone(), sum(given["documents"]))


def require_room(*, tenant_id: UUID, documents: int = 1) -> None:
    """Raise QuotaExceeded when not even ``documents`` of one page each would be accepted now.

    Holds nothing: it spares a client the upload of what is going to be refused.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LIMITS, {"tenant": tenant_id})
        row = cursor.fetchone()
    if row and not (_has_room(row[:3], documents) and _has_room(row[3:], documents)):
        raise _exceeded(row, documents)


def settle(*, tenant_id: UUID, source: str, documents: int, pages: int) -> UUID:
    """Turn what ``source`` holds into use; return the quota that was charged.

    More pages than were held must find room as well, else QuotaExceeded. What was accepted
    without a reservation is charged to this month.
    """
    _require_transaction(source)
    used = {"documents": documents, "pages": pages}
    with connection.cursor() as cursor:
        cursor.execute(_FREE, {"source": source})
        if (freed := cursor.fetchone()) is None:
            reserve(tenant_id=tenant_id, source=source, **used)
            cursor.execute(_FREE, {"source": source})
            freed = cursor.fetchone()
        quota_id, freed_documents, freed_pages = freed
        held = {"freed_documents": freed_documents, "freed_pages": freed_pages}
        cursor.execute(_SETTLE, {"quota": quota_id, **held, **used})
        if cursor.fetchone() is None:
            raise QuotaExceeded(
                f"This document has {pages} pages, more than are left of this month's.",
                unit="pages",
                required=pages,
            )
    charged: UUID = quota_id
    return charged


def release(*, source: str) -> None:
    """Give back what ``source`` holds, if anything: failed and cancelled work is free."""
    release_all(sources=[source])


def release_all(*, sources: Sequence[str]) -> None:
    """Give back what all of ``sources`` hold, in one statement; as ``release``."""
    if not sources:
        return
    _require_transaction(sources[0])
    with connection.cursor() as cursor:
        cursor.execute(_RELEASE, {"sources": list(sources)})


def _exceeded(row: tuple[Any, ...], documents: int) -> QuotaExceeded:
    are_pages = _has_room(row[:3], documents)
    unit: Unit = "pages" if are_pages else "documents"
    names = ("limit", "used", "reserved")
    figures = dict(zip(names, row[3:] if are_pages else row[:3], strict=True))
    return QuotaExceeded(
        f"Your plan allows {figures['limit']} {unit} a month; "
        f"{figures['used']} are used and {figures['reserved']} under way.",
        unit=unit,
        **figures,
    )


def _has_room(figures: tuple[int | None, int, int], quantity: int) -> bool:
    limit, used, reserved = figures
    return limit is None or limit >= used + reserved + quantity


def _require_transaction(source: str) -> None:
    if not connection.in_atomic_block:
        raise RuntimeError(f"The allowance of {source} needs the transaction of its work.")
