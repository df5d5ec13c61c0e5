"""What the variables of a mark's text stand for while a job is done."""

from __future__ import annotations

from datetime import UTC, datetime

from documents.models import Document


def variables_of(document: Document) -> dict[str, str]:
    """Return the values for a document that is marked for nobody in particular, as of now.

    Date and time are UTC as ISO 8601 writes them. The engine knows ``page`` and ``pages`` itself.
    """
    return {
        **moment(),
        "document.title": document.title,
        "org.name": document.tenant.name,
    }


def moment() -> dict[str, str]:
    """Return the values that tell when."""
    now = datetime.now(UTC)
    return {"date": now.strftime("%Y-%m-%d"), "time": now.strftime("%H:%M")}
