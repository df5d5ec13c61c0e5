"""A second click makes nothing a second time, with or without JavaScript."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import APIKey
from accounts.tests.cast import Person
from accounts.tests.factories import signed_in
from config.upload_form import UPLOAD_KEY, StagedForm
from documents.models import Document, Job
from documents.storage import LocalBlobStore, StorageFull
from documents.tests.api.staging import FORM, staged_file
from documents.tests.factories import make_document, make_job
from documents.tests.views.reading import control, page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_dir")]


def name_of(html: str) -> str:
    """Return what the page calls its form."""
    found = re.search('value="([^"]+)"', control(html, "once"))
    assert found
    return found[1]


@pytest.fixture
def path(owner: Person) -> str:
    return reverse("documents:watermark", args=[make_document(owner.tenant).id])


def mark(client: Client, path: str, **changes: str) -> Any:
    given = {"watermark_text": "x", "position": "center", "font_size": "12", "opacity": "0.3"}
    return client.post(path, given | changes)


def test_the_second_click_leads_to_the_first_ones_job(owner: Person, path: str) -> None:
    once = name_of(owner.client.get(path).content.decode())
    first, second = (mark(owner.client, path, once=once) for _ in range(2))
    job = Job.objects.get()
    assert first["Location"] == second["Location"] == reverse("documents:job_detail", args=[job.id])


def test_each_drawing_of_the_form_is_another(owner: Person, path: str) -> None:
    for _ in range(2):
        mark(owner.client, path, once=name_of(owner.client.get(path).content.decode()))
    assert Job.objects.count() == 2


def test_who_goes_back_and_changes_something_gets_another_job(owner: Person, path: str) -> None:
    for text in ("x", "y", "x"):
        assert mark(owner.client, path, once="same", watermark_text=text).status_code == 302
    assert Job.objects.count() == 2


@pytest.mark.parametrize("once", [{}, {"once": ""}, {"once": "no name"}])
def test_a_form_without_a_name_works_as_ever(owner: Person, path: str, once: Any) -> None:
    for _ in range(2):
        assert mark(owner.client, path, **once).status_code == 302
    assert Job.objects.count() == 2


def test_a_mistake_does_not_use_the_name_up(owner: Person, path: str) -> None:
    assert mark(owner.client, path, once="a", watermark_text="").status_code == 422
    assert mark(owner.client, path, once="a").status_code == 302


@pytest.mark.django_db(transaction=True)
def test_clicks_at_once_lead_to_one_job(owner: Person, path: str) -> None:
    def click(_: int) -> str:
        try:
            return str(mark(signed_in(owner.user), path, once="same")["Location"])
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(click, range(16)))) == 1
    assert Job.objects.count() == 1


def test_trying_again_twice_is_trying_again_once(owner: Person) -> None:
    job = make_job(make_document(owner.tenant), state="cancelled")
    once = {"once": name_of(page(owner.client, "job_detail", job.id))}
    first = owner.client.post(reverse("documents:job_retry", args=[job.id]), once)
    Job.objects.filter(retry_of=job).delete()  # as if it had ended and gone in between
    second = owner.client.post(reverse("documents:job_retry", args=[job.id]), once)
    assert first["Location"] == second["Location"]
    assert not Job.objects.filter(retry_of=job).exists()


def upload(person: Person, *files: Any, once: str) -> Any:
    form = StagedForm(fields={"once": [once]}, files={"files": list(files)})
    extra: dict[str, Any] = {"content_type": FORM, UPLOAD_KEY: form}
    return person.client.post(reverse("documents:upload"), **extra)


def test_files_are_kept_once(owner: Person) -> None:
    once = name_of(page(owner.client, "upload"))
    first, second = (upload(owner, staged_file(), once=once) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Document.objects.count() == 1


def test_the_refused_are_told_of_again_and_the_others_not_doubled(owner: Person) -> None:
    for _ in range(2):
        good, bad = staged_file(name="good.pdf"), staged_file(b"MZ\0\0", "bad.pdf")
        answer = upload(owner, good, bad, once="a")
        html = answer.content.decode()
        assert answer.status_code == 422
        assert "bad.pdf" in html and ">good</a>" in html
    assert Document.objects.count() == 1


def test_a_full_disk_does_not_use_the_name_up(
    owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(LocalBlobStore, "commit", fill_up(after=0))
        assert upload(owner, staged_file(), once="a").status_code == 507
    assert upload(owner, staged_file(), once="a").status_code == 302
    assert Document.objects.count() == 1


def test_what_was_kept_before_the_disk_was_full_is_told(
    owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("first.pdf", "second.pdf", "third.pdf")
    with monkeypatch.context() as patch:
        patch.setattr(LocalBlobStore, "commit", fill_up(after=1))
        answer = upload(owner, *(staged_file(name=name) for name in names), once="a")
    html = answer.content.decode()
    assert (answer.status_code, html.count("There is no room")) == (507, 2)
    assert ">first</a>" in html
    assert Document.objects.get().title == "first"


def fill_up(*, after: int) -> Any:
    """Return a ``commit`` for which there is room so many times, and which is asked once more."""
    commit, answers = LocalBlobStore.commit, iter([True] * after + [False])

    def until_full(*args: Any) -> None:
        if not next(answers):
            raise StorageFull
        commit(*args)

    return until_full


def test_one_key_is_made_and_shown_both_times(owner: Person) -> None:
    path = reverse("accounts:api_keys")
    once = name_of(owner.client.get(path).content.decode())
    given = {"name": "CI", "environment": "live", "scopes": ["jobs:read"], "once": once}
    texts = {
        re.findall(r"cm_live_\w{50}", owner.client.post(path, given).content.decode())[0]
        for _ in range(2)
    }
    assert len(texts) == 1
    assert APIKey.objects.get().name == "CI"
