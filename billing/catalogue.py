"""The plans that a new installation begins with; from then on staff change them in the admin."""

from __future__ import annotations

from typing import Any

MEBIBYTE = 1024 * 1024
GIBIBYTE = 1024 * MEBIBYTE

# Who sells plans beside us, as ``Subscription.provider`` says.
RAPIDAPI = "rapidapi"
FREE, PRO, BUSINESS, ENTERPRISE = "free", "pro", "business", "enterprise"
PLANS: tuple[dict[str, Any], ...] = (
    {
        "code": FREE,
        "name": "Free",
        "description": "To try it, and for now and then.",
        "monthly_price": 0,
        "included_pages": 1_000,
        "max_file_bytes": 100 * MEBIBYTE,
        "max_pages": 1_000,
        "max_concurrent_uploads": 4,
        "requests_per_minute": 120,
        "uploads_per_minute": 10,
        "monthly_documents": 100,
        "monthly_bytes": 2 * GIBIBYTE,
        "max_retention_days": 7,
        "features": ["Every kind of mark", "API and webhooks"],
    },
    {
        "code": PRO,
        "name": "Pro",
        "description": "For people who send documents every day.",
        "monthly_price": 1_900,
        "yearly_price": 19_000,
        "trial_days": 14,
        "included_pages": 20_000,
        "page_price": 150,
        "max_file_bytes": 512 * MEBIBYTE,
        "max_concurrent_uploads": 16,
        "requests_per_minute": 600,
        "uploads_per_minute": 120,
        "monthly_bytes": 100 * GIBIBYTE,
        "max_retention_days": 30,
        "features": ["Everything in Free", "Pages beyond the included ones, up to your cap"],
    },
    {
        "code": BUSINESS,
        "name": "Business",
        "description": "For teams and programs.",
        "monthly_price": 9_900,
        "yearly_price": 99_000,
        "included_pages": 200_000,
        "page_price": 80,
        "max_file_bytes": 2 * GIBIBYTE,
        "max_concurrent_uploads": 64,
        "max_retention_days": 90,
        "features": ["Everything in Pro", "No limit on requests and uploads"],
    },
    {
        "code": ENTERPRISE,
        "name": "Enterprise",
        "description": "As much as you need, on your terms.",
        "max_file_bytes": 5 * GIBIBYTE,
        "max_concurrent_uploads": 128,
        "max_pages": 100_000,
        "max_retention_days": 365,
        "features": ["Everything in Business", "Limits of your own"],
    },
)
