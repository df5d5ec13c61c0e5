"""Which documents are guides for integrators, in the order in which they are read.

A guide is ``docs/<slug>.md``. Every snippet of it is run against a real server by
``documents/tests/guides``, whose docstring says how to write one.
"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

GUIDES = (
    "quickstart",
    "authentication",
    "api-conventions",
    "watermarks",
    "resumable-uploads",
    "batches",
    "progress",
    "idempotency",
    "rate-limits",
    "webhooks",
)


def guide_path(slug: str) -> Path:
    """Return the file of a guide."""
    return Path(settings.BASE_DIR) / "docs" / f"{slug}.md"
