"""Pages about documents."""

from __future__ import annotations

from html import unescape

import pytest
from django.urls import reverse

from accounts.models import Tenant
from accounts.tests.cast import Person
from documents.models import Document
from documents.tests.factories import make_document, make_job
from documents.tests.views.reading import page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_dir")]
HOSTILE = '"><script>alert(1)</script>{{ 7 }}'


def test_the_list_is_searched_by_title(owner: Person) -> None:
    make_document(owner.tenant, title="Annual report")
    make_document(owner.tenant, title="Tender")
    html = page(owner.client, "list", q="REPORT")
    assert "Annual report" in html
    assert "Tender" not in html
    assert "No title contains" in page(owner.client, "list", q="zebra")


def test_a_search_for_what_no_title_can_hold_is_a_bad_request(owner: Person) -> None:
    answer = owner.client.get(reverse("documents:list"), {"q": "\0"})
    assert answer.status_code == 400


def test_the_list_has_pages(owner: Person) -> None:
    for number in range(26):
        make_document(owner.tenant, title=f"Report {number}")
    assert "1–25 of 26" in page(owner.client, "list")
    assert "26–26 of 26" in page(owner.client, "list", page="2")
    assert "26–26 of 26" in page(owner.client, "list", page="99")


def test_an_empty_list_leads_on(owner: Person) -> None:
    assert "Upload your first document" in page(owner.client, "list")


def test_hostile_titles_are_only_text(owner: Person) -> None:
    document = make_document(owner.tenant, title=HOSTILE)
    job = make_job(document, state="running")
    for html in (
        page(owner.client, "dashboard"),
        page(owner.client, "list", q=HOSTILE[:9]),
        page(owner.client, "detail", document.id),
        page(owner.client, "delete", document.id),
        page(owner.client, "watermark", document.id),
        page(owner.client, "job_list"),
        page(owner.client, "job_detail", job.id),
    ):
        assert "<script>alert" not in html
        assert HOSTILE in unescape(html)


def test_deleting_asks_first(owner: Person) -> None:
    document = make_document(owner.tenant)
    assert "Delete this document?" in page(owner.client, "delete", document.id)
    assert Document.objects.filter(deleted_at=None).exists()
    owner.client.post(reverse("documents:delete", args=[document.id]))
    assert not Document.objects.filter(deleted_at=None).exists()
    assert "was deleted" in page(owner.client, "list")


def test_an_upload_without_a_file_says_so(owner: Person) -> None:
    answer = owner.client.post(reverse("documents:upload"))
    assert answer.status_code == 422
    assert "Choose at least one file." in answer.content.decode()


def test_the_limit_shown_is_the_workspaces_own(owner: Person) -> None:
    Tenant.objects.filter(pk=owner.tenant.pk).update(max_file_bytes=3 * 1024 * 1024)
    assert 'data-max-bytes="3145728"' in page(owner.client, "upload")


def test_ticked_documents_are_marked_together(owner: Person) -> None:
    ticked = [str(make_document(owner.tenant, title=f"Letter {each}").pk) for each in range(2)]
    make_document(owner.tenant, title="Not this one")
    html = page(owner.client, "list")
    assert html.count('name="document"') == 3
    answer = owner.client.post(
        reverse("documents:batch_new"), {"documents": "", "go": "next", "document": ticked}
    )
    assert answer.status_code == 200
    text = answer.content.decode()
    assert 'name="watermark_text"' in text
    assert all(f"{each}," in text for each in ticked) and "Not this one" not in text


def test_ticked_documents_are_deleted_once_one_is_sure(owner: Person, stranger: Person) -> None:
    ticked = [str(make_document(owner.tenant, title=f"Letter {each}").pk) for each in range(2)]
    stays = make_document(owner.tenant, title="Not this one")
    theirs = make_document(stranger.tenant, title="Theirs")
    address = reverse("documents:delete_ticked")
    asked = owner.client.post(address, {"document": [*ticked, str(theirs.pk), "nonsense"]})
    html = asked.content.decode()
    assert "Delete 2 documents?" in html and "Letter 0" in html and "Theirs" not in html
    assert Document.objects.filter(deleted_at=None).count() == 4
    sure = {"documents": ",".join([*ticked, str(theirs.pk)]), "sure": "yes"}
    done = owner.client.post(address, sure, follow=True)
    assert "2 documents were deleted." in done.content.decode()
    assert set(Document.objects.filter(deleted_at=None)) == {stays, theirs}
    again = owner.client.post(address, sure, follow=True).content.decode()
    assert "gone already" in again
    assert owner.client.get(address).url == reverse("documents:list")


def test_who_may_only_look_has_nothing_to_tick(viewer: Person) -> None:
    document = make_document(viewer.tenant)
    assert 'name="document"' not in page(viewer.client, "list")
    answer = viewer.client.post(reverse("documents:delete_ticked"), {"document": str(document.pk)})
    assert answer.status_code == 403
