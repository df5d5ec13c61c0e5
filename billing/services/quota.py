"""The monthly allowance: reserve when work is accepted, settle or release when it ends.

Each step is one conditional UPDATE of one row: of any number of callers at once exactly as many
pass as there is room for (a look before the change lets through a fifth too many). All belong
into the transaction that accepts or ends the work.
"""

from __future__ import annotations

import uuid
from typing import Any, Literal, TypeAlias
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
    WITH taken AS (
        UPDATE billing_quota quota SET
            documents_reserved = documents_reserved + %(documents)s,
            pages_reserved = pages_reserved + %(pages)s
        FROM accounts_tenant tenant
        WHERE quota.tenant_id = %(tenant)s AND quota.starts_on = {_MONTH}
            AND tenant.id = quota.tenant_id
            AND (tenant.monthly_documents IS NULL OR tenant.monthly_documents >=
                documents_used + documents_reserved + %(documents)s)
            AND (tenant.monthly_pages IS NULL OR tenant.monthly_pages >=
                pages_used + pages_reserved + %(pages)s)
        RETURNING quota.id
    )
    INSERT INTO billing_reservation (id, tenant_id, quota_id, source, documents, pages, created_at)
    SELECT %(id)s, %(tenant)s, taken.id, %(source)s, %(documents)s, %(pages)s, statement_timestamp()
    FROM taken
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


def reserve(*, tenant_id: UUID, source: str, documents: int, pages: int) -> None:
    """Hold so much of the month for ``source``; raises QuotaExceeded, which holds nothing."""
    _require_transaction(source)
    given: dict[str, Any] = {
        "tenant": tenant_id,
        "source": source,
        "documents": documents,
        "pages": pages,
    }
    with connection.cursor() as cursor:
        for _ in range(2):
            cursor.execute(_RESERVE, {**given, "id": uuid.uuid4()})
            if cursor.rowcount:
                return
            cursor.execute(_OPEN, {"id": uuid.uuid4(), "tenant": tenant_id})
        cursor.execute(_LIMITS, {"tenant": tenant_id})
        raise _exceeded(cursor.fetchone(), documents)


def require_room(*, tenant_id: UUID) -> None:
    """Raise QuotaExceeded when not even a document of one page would be accepted now.

    Holds nothing: it spares a client the upload of what is going to be refused.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LIMITS, {"tenant": tenant_id})
        row = cursor.fetchone()
    if row and not (_has_room(row[:3], 1) and _has_room(row[3:], 1)):
        raise _exceeded(row, 1)


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
    _require_transaction(source)
    with connection.cursor() as cursor:
        cursor.execute(_FREE, {"source": source})
        if freed := cursor.fetchone():
            cursor.execute(
                "UPDATE billing_quota SET documents_reserved = documents_reserved - %s,"
                " pages_reserved = pages_reserved - %s WHERE id = %s",
                [freed[1], freed[2], freed[0]],
            )


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
