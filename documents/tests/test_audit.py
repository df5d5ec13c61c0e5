"""What this room writes into the audit log."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test import Client

from accounts.models import AuditEntry, User
from accounts.tests.cast import Person
from config.errors import DomainError
from documents.models import Job
from documents.relay import orphans
from documents.relay.orphans import collect_orphans
from documents.services.documents import create_document, delete_document, purge_deleted
from documents.services.jobs import cancel_job, retry_job, submit_job
from documents.storage import blob_store
from documents.tests.conftest import Queue
from documents.tests.factories import make_document, make_job, make_pdf, make_spec
from documents.tests.processes import in_threads, wait_until
from documents.tests.test_document_services import stage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_dir", "queue")]


def told(owner: Person) -> list[tuple[str, str, str, dict[str, object]]]:
    rows = AuditEntry.objects.filter(tenant=owner.tenant).order_by("seq")
    return list(rows.values_list("action", "actor", "subject", "details"))


def test_a_deletion_leaves_receipts_that_name_the_bytes_and_not_what_they_said(
    owner: Person,
) -> None:
    staged = stage(make_pdf(), "Secret merger.pdf")
    receipt = {"size_bytes": staged.size_bytes, "sha256": staged.sha256}
    document = create_document(principal=owner.principal, staged=staged)
    delete_document(principal=owner.principal, document=document)
    me, subject = f"user:{owner.user.pk}", f"document:{document.pk}"
    assert told(owner) == [("document.deleted", me, subject, receipt)]
    assert purge_deleted() == 1
    assert told(owner)[1:] == [("document.purged", "system", subject, receipt)]
    with pytest.raises(DomainError):
        delete_document(principal=owner.principal, document=document)
    assert len(told(owner)) == 2


def test_bytes_whose_removal_was_interrupted_are_gone_within_hours(
    owner: Person, blob_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process ends after the rows have gone and before the bytes: an orphan is left."""
    document = create_document(principal=owner.principal, staged=stage(make_pdf()))
    assert document.blob
    path, content = blob_store().path(document.blob.pk), make_pdf()  # type: ignore[attr-defined] # the local store
    delete_document(principal=owner.principal, document=document)
    assert purge_deleted() == 1
    path.write_bytes(content)
    assert collect_orphans() == 0, "it may be on its way in"
    monkeypatch.setattr(orphans, "GRACE", orphans.GRACE * 0)  # nobody can set a file's ctime
    assert collect_orphans() == 1
    assert not path.exists()
    assert orphans_of_the_store() == []


def orphans_of_the_store() -> list[object]:
    return list(blob_store().iter_ids())


def test_a_cancelled_job(owner: Person, queue: Queue) -> None:
    document = make_document(owner.tenant)
    job = submit_job(principal=owner.principal, document=document, spec=make_spec())
    cancel_job(principal=owner.principal, job=job)
    with pytest.raises(DomainError):
        cancel_job(principal=owner.principal, job=job)
    job.refresh_from_db()
    retry_job(principal=owner.principal, job=job)
    me = f"user:{owner.user.pk}"
    assert told(owner) == [("job.cancelled", me, f"job:{job.pk}", {"was": "queued"})]


def test_work_of_a_program_is_told_of_its_key(owner: Person) -> None:
    document = make_document(owner.tenant)
    answer = owner.api.delete(f"/api/v1/documents/{document.pk}/")
    assert answer.status_code == 204
    action, actor, *_ = told(owner)[-1]
    assert action == "document.deleted"
    assert actor.startswith("api_key:")


@pytest.mark.django_db(transaction=True)
def test_staff_and_owner_who_cancel_at_once_do_not_wait_for_each_other(
    staff: Client, owner: Person
) -> None:
    """The owner holds a job and wants the log; staff, who come to that job, have let go of it."""
    held, first = (make_job(make_document(owner.tenant)) for _ in range(2))
    data = {"action": "cancel", "_selected_action": [str(first.pk), str(held.pk)]}
    answers: list[int] = []

    def act() -> None:
        answers.append(staff.post("/admin/documents/job/", data).status_code)

    with transaction.atomic():
        Job.objects.select_for_update().get(pk=held.pk)
        (thread,) = in_threads(act, 1)
        wait_until(somebody_waits)
        cancel_job(principal=owner.principal, job=held)
    thread.join()
    assert answers == [302]
    assert {job.state for job in Job.objects.all()} == {"cancelled"}


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


def test_staff_who_cancel_are_named(staff: Client, owner: Person) -> None:
    job = make_job(make_document(owner.tenant))
    data = {"action": "cancel", "_selected_action": [str(job.pk)]}
    assert staff.post("/admin/documents/job/", data).status_code == 302
    actor = f"staff:{User.objects.get(is_staff=True).pk}"
    assert [(action, who) for action, who, *_ in told(owner)] == [
        ("job.cancelled", actor),
        ("admin.changed", actor),
    ]
