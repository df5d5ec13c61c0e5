"""The steps to a batch: documents, mark, check, start."""

from __future__ import annotations

import base64
import io
import re
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from accounts.models import Tenant
from accounts.tests.cast import Person
from config.upload_form import UPLOAD_KEY, StagedForm
from documents.models import Batch, BatchItem, Document, Job
from documents.tests.api.staging import FORM, staged_file
from documents.tests.factories import make_document, make_preset
from documents.tests.views.reading import control, page
from documents.views import batch_choice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_dir")]
MARK = {"watermark_text": "FOR ALL", "font_size": "40", "opacity": "0.5", "position": "center"}


def send(person: Person, step: str, *chosen: Document, **given: Any) -> Any:
    fields = {"documents": "".join(f"{each.pk}," for each in chosen), **given}
    return person.client.post(reverse(f"documents:batch_{step}"), fields)


def value(html: str, name: str) -> str:
    found = re.search('value="([^"]*)"', control(html, name))
    assert found
    return found[1]


@pytest.fixture
def documents(owner: Person) -> list[Document]:
    return [make_document(owner.tenant, title=f"Paper {n}", page_count=n) for n in (1, 2, 3)]


def test_from_documents_to_a_running_batch(owner: Person, documents: list[Document]) -> None:
    first, second, third = documents
    html = page(owner.client, "batch_new")
    assert all(each.title in html for each in documents)
    ticked = send(owner, "new", go="next", document=[str(first.pk), str(third.pk)])
    assert "What shall the mark be?" in ticked.content.decode()
    chosen = value(ticked.content.decode(), "documents")
    assert chosen == f"{first.pk},{third.pk},"
    about = {"documents": chosen, "title": " Q4 ", "references": "inv-1\r\ninv-3\r\n", **MARK}
    check = owner.client.post(reverse("documents:batch_check"), about)
    text = check.content.decode()
    assert "Start: mark 2 documents" in text and "Costs 4 pages" in text
    assert "inv-3" in text and "FOR ALL" in text and "Q4" in text
    once = value(text, "once")
    begun = [
        owner.client.post(reverse("documents:batch_begin"), {**about, "once": once})
        for _ in range(2)
    ]
    batch = Batch.objects.get()
    assert {each["Location"] for each in begun} == {reverse("documents:batch", args=[batch.id])}
    assert (batch.title, batch.total, batch.state) == ("Q4", 2, "running")
    assert batch.spec["watermark_text"] == "FOR ALL"
    items = BatchItem.objects.order_by("position").values_list("document_id", "client_ref")
    assert list(items) == [(first.pk, "inv-1"), (third.pk, "inv-3")]


def test_what_is_ticked_stays_from_page_to_page(
    owner: Person, documents: list[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("documents.views.batch_steps.PER_PAGE", 1)
    first, second, third = documents
    one = send(owner, "new", go="page:2", shown=f"{third.pk},", document=str(third.pk))
    html = one.content.decode()
    assert value(html, "documents") == f"{third.pk},"
    assert value(html, "shown") == f"{second.pk},"
    untick = {"documents": f"{third.pk},{first.pk},", "shown": f"{third.pk},"}
    back = owner.client.post(reverse("documents:batch_new"), {"go": "find", "q": "2", **untick})
    html = back.content.decode()
    assert value(html, "documents") == f"{first.pk},"
    assert "Paper 2" in html and "Paper 1" not in html
    only = send(owner, "new", first, go="chosen").content.decode()
    assert "Paper 1" in only and "Paper 2" not in only


def test_files_come_with_the_form(owner: Person, documents: list[Document]) -> None:
    bad = staged_file(b"No text at all: \0\1.", name="notes.bin")
    for files, status in (([staged_file(), bad], 422), ([staged_file()], 200)):
        form = StagedForm(
            fields={"go": ["next"], "document": [str(documents[0].pk)]}, files={"files": files}
        )
        extra: dict[str, Any] = {"content_type": FORM, UPLOAD_KEY: form}
        answer = owner.client.post(reverse("documents:batch_new"), **extra)
        html = answer.content.decode()
        assert answer.status_code == status
        assert len(value(html, "documents").strip(",").split(",")) == 2
        assert ("notes.bin" in html) is (status == 422)
        assert ("What shall the mark be?" in html) is (status == 200)


def test_nothing_chosen_is_said(owner: Person, documents: list[Document]) -> None:
    for step in ("new", "mark", "preview", "picture", "facts", "check", "begin"):
        answer = send(owner, step, go="next")
        assert answer.status_code == 422
        assert "Choose at least one document" in answer.content.decode()
    assert "Nothing in it yet" not in page(owner.client, "batch_new")


def test_who_comes_without_the_form_begins_at_the_beginning(owner: Person) -> None:
    for step in ("mark", "preview", "picture", "facts", "check", "begin"):
        answer = owner.client.get(reverse(f"documents:batch_{step}"))
        assert answer["Location"] == reverse("documents:batch_new")


@pytest.mark.parametrize("step", ["new", "check", "begin"])
def test_what_is_gone_is_left_out_and_said(
    owner: Person, stranger: Person, documents: list[Document], step: str
) -> None:
    foreign = make_document(stranger.tenant, title="Not yours")
    texts = []
    for gone in (foreign.pk, uuid.uuid4(), "nonsense"):
        ids = f"{documents[0].pk},{gone},"
        address = reverse(f"documents:batch_{step}")
        answer = owner.client.post(address, {"documents": ids, "go": "next", **MARK})
        texts.append(answer.content.decode())
        assert answer.status_code == 422
        assert value(texts[-1], "documents") == f"{documents[0].pk},"
    assert all("1 of the chosen documents is not there any more" in text for text in texts)
    assert "Not yours" not in texts[0]
    assert not Batch.objects.exists()


def test_more_than_a_batch_holds_is_said(
    owner: Person, documents: list[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_choice, "ITEMS_MAX", 2)
    answer = send(owner, "new", *documents, go="next")
    assert answer.status_code == 422
    assert "The last 1 was left out" in answer.content.decode()


def test_mistakes_stand_beside_their_fields(owner: Person, documents: list[Document]) -> None:
    for given, field in (
        ({"font_size": "99"}, "font_size"),
        ({"references": "a\nb\nc\nd"}, "references"),
        ({"references": "a\na"}, "references"),
        ({"references": "x" * 101}, "references"),
    ):
        for step in ("check", "begin", "preview"):
            answer = send(owner, step, *documents, **{**MARK, **given})
            assert answer.status_code == 422
            assert 'aria-invalid="true"' in control(answer.content.decode(), field)
    assert not Batch.objects.exists()


def test_the_mark_is_seen_on_the_document_named(owner: Person, documents: list[Document]) -> None:
    answer = send(owner, "picture", *documents, sample=str(documents[1].pk), **MARK)
    assert answer["Content-Type"] == "image/png"
    html = send(owner, "preview", *documents, **MARK).content.decode()
    found = re.search('data:image/png;base64,([^"]+)', html)
    assert found and Image.open(io.BytesIO(base64.b64decode(found[1]))).width == 900
    assert "Costs 6 pages" in html
    facts = send(owner, "facts", *documents, **MARK).content.decode()
    assert "Costs 6 pages" in facts and 'data-part="notes"' in facts
    refused = send(owner, "picture", *documents, **{**MARK, "font_size": "99"})
    assert refused.json()["errors"].keys() == {"font_size"}


def test_a_preset_is_used_and_the_rest_stays(owner: Person, documents: list[Document]) -> None:
    preset = make_preset(owner.tenant, config={"watermark_text": "HOUSE", "font_size": 20})
    used = send(owner, "mark", *documents, go="use", use_preset=str(preset.pk), title="Q4", **MARK)
    html = used.content.decode()
    assert "\nHOUSE</textarea>" in html and value(html, "title") == "Q4"
    assert value(html, "preset") == str(preset.pk)
    back = send(owner, "mark", *documents, go="back", title="Q4", **MARK).content.decode()
    assert "\nFOR ALL</textarea>" in back and value(back, "font_size") == "40"


def test_what_was_written_survives_going_back(owner: Person, documents: list[Document]) -> None:
    html = send(owner, "new", *documents, go="back", title="Q4", **MARK).content.decode()
    assert value(html, "watermark_text") == "FOR ALL"
    again = send(owner, "new", *documents, go="next", title="Q4", **MARK).content.decode()
    assert "\nFOR ALL</textarea>" in again and value(again, "title") == "Q4"


def test_no_room_is_told_before_and_starts_nothing(
    owner: Person, documents: list[Document]
) -> None:
    Tenant.objects.filter(pk=owner.tenant.pk).update(monthly_documents=2)
    check = send(owner, "check", *documents, **MARK)
    assert "Choose fewer documents" in check.content.decode()
    begun = send(owner, "begin", *documents, **MARK)
    assert begun.status_code == 402
    assert "Nothing was started." in begun.content.decode()
    assert not Batch.objects.exists() and not Job.objects.exists()


def test_more_documents_cost_no_more_queries(owner: Person) -> None:
    counted = []
    for count in (2, 20):
        documents = [make_document(owner.tenant, page_count=1) for _ in range(count)]
        client = owner.client
        with CaptureQueriesContext(connection) as queries:
            fields = {"documents": "".join(f"{each.pk}," for each in documents), **MARK}
            client.post(reverse("documents:batch_check"), fields)
        counted.append(len(queries))
    assert counted[0] == counted[1]


def test_viewers_make_no_batches(viewer: Person) -> None:
    assert "New batch" not in page(viewer.client, "batch_list")
    assert viewer.client.get(reverse("documents:batch_new")).status_code == 403
    assert send(viewer, "begin", make_document(viewer.tenant), **MARK).status_code == 403
