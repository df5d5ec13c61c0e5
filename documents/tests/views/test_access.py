"""Who may see what."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from accounts.tests.cast import Person
from accounts.tests.factories import make_member, signed_in
from documents.models import Document, Job
from documents.tests.factories import make_document, make_job
from documents.tests.views.reading import page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_dir")]
PAGES = ["dashboard", "list", "upload", "job_list"]
ABOUT_DOCUMENT = ["detail", "download", "delete", "watermark"]
ABOUT_JOB = ["job_detail", "job_result"]


@pytest.mark.parametrize("name", PAGES)
def test_visitors_log_in_first(client: Client, name: str) -> None:
    address = reverse(f"documents:{name}")
    answer = client.get(address)
    assert answer.status_code == 302
    assert answer["Location"] == f"{reverse('account_login')}?next={address}"


def test_the_start_page_is_for_visitors(client: Client, owner: Person) -> None:
    assert "Create a workspace" in client.get("/").content.decode()
    assert owner.client.get("/")["Location"] == reverse("documents:dashboard")


@pytest.mark.parametrize("name", ABOUT_DOCUMENT)
def test_foreign_documents_are_unknown(name: str, owner: Person, stranger: Person) -> None:
    foreign = make_document(stranger.tenant)
    assert_same_404(owner.client, name, foreign.id)


@pytest.mark.parametrize("name", ABOUT_JOB)
def test_foreign_jobs_are_unknown(name: str, owner: Person, stranger: Person) -> None:
    foreign = make_job(make_document(stranger.tenant), state="succeeded")
    assert_same_404(owner.client, name, foreign.id)


def test_foreign_lists_stay_apart(owner: Person, stranger: Person) -> None:
    make_job(make_document(stranger.tenant, title="Not yours"))
    for name in PAGES:
        assert "Not yours" not in page(owner.client, name)


def test_foreign_things_cannot_be_changed(owner: Person, stranger: Person) -> None:
    document = make_document(stranger.tenant)
    job = make_job(document)
    for name, target in (
        ("delete", document),
        ("watermark", document),
        ("job_cancel", job),
        ("job_retry", job),
    ):
        address = reverse(f"documents:{name}", args=[target.id])
        assert owner.client.post(address, {"watermark_text": "X"}).status_code == 404
    assert Job.objects.count() == 1
    assert not Document.objects.filter(deleted_at__isnull=False).exists()


def test_viewers_look_but_do_not_touch(viewer: Person) -> None:
    document = make_document(viewer.tenant)
    html = page(viewer.client, "detail", document.id)
    for name in ("watermark", "delete"):
        address = reverse(f"documents:{name}", args=[document.id])
        assert address not in html
        assert viewer.client.post(address, {"watermark_text": "X"}).status_code == 403


def test_billing_sees_figures_and_no_documents(owner: Person) -> None:
    make_job(make_document(owner.tenant, title="Board minutes"))
    client = signed_in(make_member("billing", tenant=owner.tenant))
    assert "Board minutes" not in page(client, "dashboard")
    assert client.get(reverse("documents:list")).status_code == 403


def test_pages_are_asked_for_again_after_logging_out(owner: Person) -> None:
    """Browsers keep other pages whole for their back button, and ask nobody."""
    answer = owner.client.get(reverse("documents:list"))
    assert answer["Cache-Control"] == "private, no-store"


def assert_same_404(client: Client, name: str, foreign_id: uuid.UUID) -> None:
    answers = [
        client.get(
            reverse(f"documents:{name}", args=[some_id]),
            headers={"X-Request-ID": "the-same-for-both"},
        )
        for some_id in (foreign_id, uuid.uuid4())
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content
