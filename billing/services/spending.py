"""What further pages cost, said once: in SQL for limits, in Python for pages."""

from __future__ import annotations

PRICED_PAGES = 1000


def spent(pages: str, quota: str) -> str:
    """Return the SQL of what ``pages`` cost in minor units, of a month called ``quota``.

    A part of a minor unit counts as a whole one.
    """
    return (
        f"((greatest(0, {pages} - {quota}.included_pages) * coalesce({quota}.page_price, 0)::bigint"
        f" + {PRICED_PAGES - 1}) / {PRICED_PAGES})"
    )


def price_of(*, pages: int, page_price: int) -> int:
    """Return what ``pages`` cost in minor units at ``page_price`` for a thousand."""
    return -(-pages * page_price // PRICED_PAGES)
