"""The pages of batches: all of them, one with its items, and what can be done with it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.tests.cast import Person
from accounts.tests.factories import make_member, signed_in
from documents.models import Batch, BatchItem, Job
from documents.services.batches import open_batch
from documents.tests.factories import make_batch, make_document, make_job, make_spec
from documents.tests.views.reading import page
from documents.views import batch_table
from documents.views.remedies import REMEDIES

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_dir")]


def send(person: Person, name: str, batch: Batch, **given: Any) -> Any:
    return person.client.post(reverse(f"documents:{name}", args=[batch.id]), given)


def mixed(person: Person) -> Batch:
    """A batch of two copies, one file that is damaged and one that came too long."""
    counts = {"total": 4, "succeeded": 2, "failed": 2}
    batch = make_batch(person.tenant, items=2, state="completed", title="Minutes")
    broken = make_document(person.tenant, file_name="broken.pdf")
    job = make_job(broken, state="failed", error_message="It is damaged.", batch=batch)
    about: dict[str, Any] = {"tenant": person.tenant, "batch": batch}
    BatchItem.objects.create(
        **about, position=3, file_name="broken.pdf", document=broken, job=job, client_ref="inv-3"
    )
    BatchItem.objects.create(
        **about, position=4, file_name="long.pdf", error_code="too_large", error_message="Too long."
    )
    Batch.objects.filter(pk=batch.pk).update(state="completed_with_errors", **counts)
    batch.refresh_from_db()
    return batch


def test_all_are_listed_and_filtered(owner: Person) -> None:
    assert "No batches yet" in page(owner.client, "batch_list")
    make_batch(owner.tenant, title="Nightly")
    make_batch(owner.tenant, title="", items=2, state="completed")
    html = page(owner.client, "batch_list")
    assert "Nightly" in html and "Batch of 2 documents" in html
    assert "Nightly" not in page(owner.client, "batch_list", state="completed")
    assert "No batches in this state" in page(owner.client, "batch_list", state="failed")


def test_one_tells_what_failed_why_and_what_to_do(owner: Person) -> None:
    html = page(owner.client, "batch", mixed(owner).id)
    assert "2 of 4 copies are ready." in html
    assert "It is damaged." in html and REMEDIES["damaged"] in html
    assert "Too long." in html and REMEDIES["too_large"] in html
    assert "inv-3" in html
    # What was refused at the door has no job that could be tried again.
    assert "Try 1 again" in html
    assert html.count("Download the marked") == 2


def test_items_are_filtered_by_state(owner: Person) -> None:
    batch = mixed(owner)
    html = page(owner.client, "batch", batch.id, state="failed")
    assert "broken.pdf" in html and "long.pdf" in html and html.count("Download the marked") == 0
    assert re.search(r'Failed <span class="num[^>]*>2</span>', html)
    assert "No document is in this state" in page(owner.client, "batch", batch.id, state="expired")
    assert "broken.pdf" in page(owner.client, "batch", batch.id, state="nonsense")


def test_the_links_of_the_page_lead_to_the_files(owner: Person) -> None:
    batch = mixed(owner)
    html = page(owner.client, "batch", batch.id)
    found = re.findall(r'href="(/api/v1/batches/[^"]+)"', html)
    answers = [owner.client.get(each, headers={"Accept": "text/html,*/*"}) for each in found]
    assert [each.status_code for each in answers] == [200, 200]
    kinds = [each["Content-Type"].partition(";")[0] for each in answers]
    assert kinds == ["application/zip", "text/csv"]


def test_copies_that_are_gone_are_not_offered(owner: Person) -> None:
    batch = mixed(owner)
    assert "Download ZIP" in page(owner.client, "batch", batch.id)
    gone = {"result": None, "result_purged_at": batch.created_at}
    Job.objects.filter(batch=batch, state="succeeded").update(**gone)
    html = page(owner.client, "batch", batch.id)
    assert "Download ZIP" not in html and "are gone; mark the documents again" in html


def test_more_items_cost_no_more_queries(owner: Person, monkeypatch: Any) -> None:
    counted = []
    for items in (1, 30):
        batch = make_batch(owner.tenant, items=items, state="completed")
        client = owner.client
        with CaptureQueriesContext(connection) as queries:
            page(client, "batch", batch.id)
        counted.append(len(queries))
    assert counted[0] == counted[1]
    # Session and memberships: 2. Batch, counts, rows, copies, what can be tried again: 5.
    assert counted[1] <= 8
    monkeypatch.setattr(batch_table, "PER_PAGE", 10)
    html = page(owner.client, "batch", batch.id, page="3")
    assert "21–30 of 30" in html and html.count("Download the marked") == 10


def test_an_open_batch_is_started(owner: Person) -> None:
    batch = open_batch(principal=owner.principal, spec=make_spec())
    assert "Nothing in it yet" in page(owner.client, "batch", batch.id)
    assert send(owner, "batch_start", batch).status_code == 302
    assert "has no items yet" in page(owner.client, "batch", batch.id)
    filled = make_batch(owner.tenant, state="open")
    send(owner, "batch_start", filled)
    filled.refresh_from_db()
    assert filled.state == "running"


def test_cancel_and_retry_are_said_to_be_done_or_not(owner: Person) -> None:
    batch = make_batch(owner.tenant, items=2)
    send(owner, "batch_cancel", batch)
    batch.refresh_from_db()
    assert batch.state == "cancelled"
    send(owner, "batch_cancel", batch)
    assert "has ended already" in page(owner.client, "batch", batch.id)
    send(owner, "batch_retry", batch)
    batch.refresh_from_db()
    assert (batch.state, batch.runs) == ("running", 2)
    done = make_batch(owner.tenant, state="completed")
    send(owner, "batch_retry", done)
    assert "no item that failed" in page(owner.client, "batch", done.id)


def test_trying_twice_is_trying_once(owner: Person) -> None:
    batch = make_batch(owner.tenant, items=3, state="failed")
    for _ in range(2):
        send(owner, "batch_retry", batch)
    assert Job.objects.filter(batch=batch).count() == 6


def test_viewers_look_but_do_not_touch(viewer: Person) -> None:
    batch = make_batch(viewer.tenant, items=1, state="failed")
    html = page(viewer.client, "batch", batch.id)
    assert "<form" not in html.partition("<main")[2]
    for name in ("batch_start", "batch_cancel", "batch_retry"):
        assert send(viewer, name, batch).status_code == 403
    client = signed_in(make_member("billing", tenant=viewer.tenant))
    assert client.get(reverse("documents:batch_list")).status_code == 403


def test_foreign_batches_are_unknown(owner: Person, stranger: Person) -> None:
    theirs = make_batch(stranger.tenant, title="Not yours")
    assert "Not yours" not in page(owner.client, "batch_list")
    for name in ("batch_start", "batch_cancel", "batch_retry"):
        assert send(owner, name, theirs).status_code == 404
    assert owner.client.get(reverse("documents:batch", args=[theirs.id])).status_code == 404
    theirs.refresh_from_db()
    assert theirs.state == "running"


def test_the_dashboard_shows_batches_and_not_their_jobs(owner: Person) -> None:
    make_batch(owner.tenant, items=3, title="Nightly")
    html = page(owner.client, "dashboard")
    assert "Nightly" in html and "0 of 3 done" in html
    assert 'id="running"' not in html
