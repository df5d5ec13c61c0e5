"""The batches of the tour."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.tests.cast import Person
from documents.models import Batch, BatchItem, Document
from documents.tests.factories import make_batch, make_job


def furnish_batches(ada: Person, documents: list[Document], mark: dict[str, Any]) -> None:
    """Make an empty one, one that runs, and one that has ended with errors."""
    make_batch(ada.tenant, state="open", items=0, title="Filled by a program")
    _batch_of(
        ada, documents, ["queued"] * 2 + ["running"] + ["succeeded"] * 2, mark, title="Letters, Q4"
    )
    _batch_of(
        ada,
        documents,
        ["succeeded"] * 2 + ["failed"] * 2 + ["succeeded"],
        mark,
        title="For the board",
    )


def _batch_of(
    ada: Person, documents: list[Document], states: list[str], mark: dict[str, Any], *, title: str
) -> None:
    counts = {name: states.count(name) for name in Batch.COUNTED}
    is_over = "queued" not in states
    ended = {"state": "completed_with_errors", "finished_at": timezone.now()} if is_over else {}
    batch = make_batch(ada.tenant, items=0, title=title, spec=mark)
    Batch.objects.filter(pk=batch.pk).update(total=len(states), **counts, **ended)
    locked = "This document is protected with a password that we do not have."
    why = {"error_code": "encrypted", "error_message": locked}
    for position, (document, state) in enumerate(zip(documents, states, strict=True), 1):
        about = {"pages": 418, "page": 155, "lease_until": timezone.now() + timedelta(hours=1)}
        more = {"failed": why, "running": about}.get(state, {})
        BatchItem.objects.create(
            tenant=ada.tenant,
            batch=batch,
            position=position,
            client_ref=f"INV-2026-{position:04}",
            file_name=document.file_name,
            document=document,
            job=make_job(document, state=state, spec=mark, batch=batch, **more),
        )
