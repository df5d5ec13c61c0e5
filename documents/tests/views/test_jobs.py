"""Pages about jobs."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.tests.cast import Person
from documents.models import Document, Job
from documents.tests.factories import make_document, make_job
from documents.tests.views.reading import page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_dir")]


@pytest.mark.parametrize(
    ("state", "offers"),
    [
        ("queued", {"job_cancel"}),
        ("running", {"job_cancel"}),
        ("succeeded", {"job_result", "watermark"}),
        ("failed", set()),
        ("cancelled", {"job_retry", "watermark"}),
    ],
)
def test_a_state_offers_what_it_allows(state: str, offers: set[str], owner: Person) -> None:
    job = make_job(make_document(owner.tenant), state=state)
    html = page(owner.client, "job_detail", job.id)
    targets = {"job_cancel": job.id, "job_retry": job.id, "job_result": job.id}
    targets["watermark"] = job.document_id
    offered = {
        name
        for name, target in targets.items()
        if reverse(f"documents:{name}", args=[target]) in html
    }
    assert offered == offers
    assert f'data-state="{state}"' in html


def test_only_what_may_help_is_tried_again(owner: Person) -> None:
    job = make_job(make_document(owner.tenant), state="failed", error_retryable=True)
    retry = reverse("documents:job_retry", args=[job.id])
    assert retry in page(owner.client, "job_detail", job.id)
    Job.objects.filter(pk=job.pk).update(error_retryable=False)
    assert retry not in page(owner.client, "job_detail", job.id)


@pytest.mark.parametrize(
    ("code", "offer"),
    [("encrypted", "upload"), ("damaged", "upload"), ("signed", "watermark")],
)
def test_a_final_failure_offers_what_may_help(code: str, offer: str, owner: Person) -> None:
    job = make_job(make_document(owner.tenant), state="failed", error_code=code)
    html = page(owner.client, "job_detail", job.id)
    offers = {
        "watermark": reverse("documents:watermark", args=[job.document_id]) in html,
        "upload": "Upload another file" in html,
    }
    assert [name for name, offered in offers.items() if offered] == [offer]


def test_a_failure_says_why(owner: Person) -> None:
    job = make_job(make_document(owner.tenant), state="failed")
    html = page(owner.client, "job_detail", job.id)
    assert "It is damaged." in html
    assert "<code>damaged</code>" in html


def test_the_list_is_filtered_by_state(owner: Person) -> None:
    make_job(make_document(owner.tenant, title="Done one"), state="succeeded")
    make_job(make_document(owner.tenant, title="Failed one"), state="failed")
    html = page(owner.client, "job_list", state="failed")
    assert "Failed one" in html
    assert "Done one" not in html
    assert "No jobs in this state" in page(owner.client, "job_list", state="expired")


def test_cancel_and_retry_lead_to_the_job(owner: Person) -> None:
    job = make_job(make_document(owner.tenant))
    address = reverse("documents:job_detail", args=[job.id])
    answer = owner.client.post(reverse("documents:job_cancel", args=[job.id]))
    assert answer["Location"] == address
    job.refresh_from_db()
    assert job.state == "cancelled"
    answer = owner.client.post(reverse("documents:job_retry", args=[job.id]))
    again = Job.objects.exclude(pk=job.pk).get()
    assert answer["Location"] == reverse("documents:job_detail", args=[again.id])


@pytest.mark.parametrize("name", ["job_cancel", "job_retry"])
def test_what_comes_too_late_is_said(name: str, owner: Person) -> None:
    job = make_job(make_document(owner.tenant), state="succeeded")
    answer = owner.client.post(reverse(f"documents:{name}", args=[job.id]), follow=True)
    assert answer.status_code == 200
    assert "cm-note-warn" in answer.content.decode()


@pytest.mark.parametrize("name", ["job_cancel", "job_retry"])
def test_reading_changes_nothing(name: str, owner: Person) -> None:
    job = make_job(make_document(owner.tenant))
    address = reverse(f"documents:{name}", args=[job.id])
    assert owner.client.get(address).status_code == 405


def test_a_result_that_is_not_there_yet_is_said(owner: Person) -> None:
    job = make_job(make_document(owner.tenant))
    answer = owner.client.get(reverse("documents:job_result", args=[job.id]))
    assert answer.status_code == 409
    assert "not there yet" in answer.content.decode()


def test_the_page_outlives_its_document(owner: Person) -> None:
    document = make_document(owner.tenant, title="Gone")
    job = make_job(document, state="failed")
    Document.objects.filter(pk=document.pk).update(deleted_at=timezone.now())
    html = page(owner.client, "job_detail", job.id)
    assert "(deleted)" in html
    assert reverse("documents:job_retry", args=[job.id]) not in html


def test_a_word_copy_is_told_by_its_headers_not_by_pages(owner: Person) -> None:
    job = make_job(
        make_document(owner.tenant), state="succeeded", output_format="docx", page=3, pages=3
    )
    html = page(owner.client, "job_detail", job.id)
    assert "in the headers of the document" in html
    assert "all 3 pages" not in html
