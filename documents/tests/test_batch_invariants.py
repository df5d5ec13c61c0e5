"""What batches keep true: it holds of what the services make, and each breach is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from accounts.tests.cast import Person
from documents.models import Batch, Job
from documents.processing.run import process
from documents.services.batch_items import add_document, mark_uploads, process_documents
from documents.services.batches import cancel_batch, open_batch, retry_failed
from documents.tests.conftest import Queue
from documents.tests.factories import make_pdf, make_spec
from documents.tests.lived_in import document_of
from documents.tests.spoiling import broken, spoilt
from documents.tests.test_document_services import stage

pytestmark = pytest.mark.django_db

# By invariant: each branch of its query, and what is said of it.
FAULTS = {
    "batch_counters": {
        "UPDATE documents_batch SET succeeded = succeeded + 1": "of its items",
        "DELETE FROM documents_batchitem WHERE error_code <> ''": "of its items 1 1 0",
        "UPDATE documents_job SET state = 'failed' WHERE state = 'succeeded'": "of its items 2 0",
    },
    "batch_end": {
        "UPDATE documents_batch SET finished_at = now() WHERE state = 'running'": "finished 2",
        "UPDATE documents_batch SET state = 'completed' WHERE failed > 0": "completed, run 1",
        "UPDATE documents_batch SET state = 'failed' WHERE failed > 0": "failed, run 1",
        "UPDATE documents_batch SET failed = 1 WHERE state = 'running'": "running, run 2",
        "UPDATE documents_batch SET runs = 1 WHERE state = 'open'": "open, run 1",
        "UPDATE documents_batch SET state = 'cancelled' WHERE failed > 0": "cancelled, run 1",
    },
    "batch_jobs": {
        "UPDATE documents_job SET batch_id = NULL WHERE batch_id IS NOT NULL": "its job of none",
        "UPDATE documents_batchitem SET job_id = NULL": "queued, of batch",
        "UPDATE documents_batchitem item SET document_id = (SELECT other.document_id FROM"
        " documents_batchitem other WHERE other.document_id <> item.document_id LIMIT 1)"
        " WHERE document_id IS NOT NULL": "its job of",
    },
    "batch_told": {
        "DELETE FROM accounts_outboxevent WHERE type = 'batch.completed_with_errors'":
            "told: batch.started",
        "DELETE FROM accounts_outboxevent WHERE type LIKE 'batch.%'": "told: nothing",
        "UPDATE accounts_outboxevent SET type = 'batch.failed'"
        " WHERE type = 'batch.completed_with_errors'": "batch.failed",
    },
}  # fmt: skip


@pytest.fixture(autouse=True)
def batches(owner: Person, blob_dir: Path, queue: Queue) -> None:
    """One that has ended with errors, one that was tried again and runs, one open, one dropped."""
    principal, spec = owner.principal, make_spec()
    files = [stage(make_pdf()), stage(b"GIF\0\xff")]
    ended = mark_uploads(principal=principal, files=files, spec=spec)
    process(Job.objects.get(batch=ended).pk)
    documents = [document_of(owner, make_pdf()).pk for _ in range(2)]
    again = process_documents(principal=principal, document_ids=documents, spec=spec)
    cancel_batch(principal=principal, batch_id=again.pk)
    retry_failed(principal=principal, batch_id=again.pk)
    process(Job.objects.filter(batch=again, state="queued")[0].pk)
    for _ in range(2):
        dropped = open_batch(principal=principal, spec=spec)
        add_document(principal=principal, batch_id=dropped.pk, document_id=documents[0])
    cancel_batch(principal=principal, batch_id=dropped.pk)
    states = ["cancelled", "completed_with_errors", "open", "running"]
    assert sorted(Batch.objects.values_list("state", flat=True)) == states


def test_all_hold_of_what_the_services_make() -> None:
    assert broken() == {}


def test_each_branch_finds_its_fault() -> None:
    missed = {}
    for name, faults in FAULTS.items():
        for sql, said in faults.items():
            with spoilt(sql):
                found = [breach.detail for breach in broken().get(name, [])]
            if not any(said in detail for detail in found):
                missed[f"{name}: {sql}"] = found
    assert missed == {}
