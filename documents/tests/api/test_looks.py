"""Looking at documents and marks: inspections, pictures, rehearsals, and deleting several."""

from __future__ import annotations

import io
import json
import threading
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image, ImageChops

from accounts.models import OutboxEvent
from billing.models import Reservation, UsageRecord
from documents.models import Document, Job
from documents.sandbox import launch
from documents.services import looking
from documents.tests import builders
from documents.tests.factories import make_document, make_job, make_pdf, make_preset

PREVIEW, VALIDATE = "/api/v1/watermark/preview/", "/api/v1/watermark/validate/"
MARK = {"watermark_text": "DRAFT", "font_size": 72, "opacity": 1, "color": "#ff0000"}


def at(document, rest):
    return f"/api/v1/documents/{document.id}/{rest}"


def picture(answer):
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png"), answer.content
    return Image.open(io.BytesIO(answer.content)).convert("RGB")


def named(answer):
    assert answer.status_code == 422, answer.content
    return {(".".join(map(str, each["loc"])), each["type"]) for each in answer.json()["detail"]}


# --- Inspections ------------------------------------------------------------------------------


def test_a_document_is_inspected(api, tenant):
    told = api.get(at(make_document(tenant, content=make_pdf(3)), "inspect/")).json()
    assert (told["pages"], told["sizes"]) == (3, [{"width": 595.0, "height": 842.0, "pages": 3}])
    assert (told["encrypted"], told["signed"], told["turned"], told["scanned_share"]) == (
        False,
        False,
        0,
        0.0,
    )


def test_what_is_special_is_told(api, tenant):
    signed = make_document(tenant, content=builders.signed())
    locked = make_document(tenant, content=builders.encrypted(user="secret"))
    assert api.get(at(signed, "inspect/")).json()["signed"] is True
    told = api.get(at(locked, "inspect/")).json()
    assert (told["encrypted"], told["needs_password"], told["pages"]) == (True, True, None)


def test_what_cannot_be_read_is_named(api, tenant):
    broken = make_document(tenant, content=b"%PDF-1.7 and then nothing")
    assert named(api.get(at(broken, "inspect/"))) == {("path.document_id", "damaged")}
    assert named(api.get(at(broken, "pages/1/preview.png"))) == {("path.document_id", "damaged")}


# --- Pictures ---------------------------------------------------------------------------------


def test_a_page_is_drawn(api, tenant):
    document = make_document(tenant, content=make_pdf(2, size=(400, 200)))
    assert picture(api.get(at(document, "pages/2/preview.png"))).size == (800, 400)
    small = api.get(at(document, "pages/1/preview.png?width=100"))
    assert picture(small).size == (100, 50)
    assert picture(small).getextrema() == ((255, 255),) * 3


def test_a_picture_that_is_there_is_not_drawn_again(api, tenant, monkeypatch):
    path = at(make_document(tenant), "pages/1/preview.png?width=50")
    first = api.get(path)
    monkeypatch.setattr(launch, "CHILD", "/nowhere")
    assert api.get(path).content == first.content
    unchanged = api.get(path, HTTP_IF_NONE_MATCH=first["ETag"])
    assert (unchanged.status_code, unchanged["ETag"], unchanged.content) == (
        304,
        first["ETag"],
        b"",
    )


def test_a_tenant_fills_no_memory_with_pictures(api, stranger, tenant, monkeypatch):
    """What is kept lies beside the queue: more than a share of it is drawn again each time."""
    page = at(make_document(tenant), "pages/1/preview.png")
    size = len(api.get(f"{page}?width=50").content)
    monkeypatch.setattr(looking, "KEPT_BYTES_OF_TENANT", 2 * size)
    api.get(f"{page}?width=51")
    api.get(f"{page}?width=52")
    theirs = at(make_document(stranger.tenant), "pages/1/preview.png?width=50")
    stranger.api.get(theirs)
    monkeypatch.setattr(launch, "CHILD", "/nowhere")
    kept = [api.get(f"{page}?width={width}").status_code for width in (50, 51, 52)]
    assert (kept[0], kept[2], stranger.api.get(theirs).status_code) == (200, 503, 200)


@pytest.mark.parametrize("page", [0, 3, 10**30])
def test_a_page_that_is_not_there_is_named(api, tenant, page):
    path = at(make_document(tenant, content=make_pdf(2)), f"pages/{page}/preview.png")
    ((place, _),) = named(api.get(path))
    assert place == "path.page"


@pytest.mark.parametrize("width", ["15", "2001", "x", "1e3"])
def test_a_width_has_its_bounds(api, tenant, width):
    path = at(make_document(tenant), f"pages/1/preview.png?width={width}")
    ((place, _),) = named(api.get(path))
    assert place == "query.width"


def test_a_mark_is_previewed_by_the_engine(api, tenant):
    document = make_document(tenant, content=make_pdf(1, size=(400, 200)))
    sent = {"document_id": str(document.id), "width": 400}
    marked = picture(api.send_json(PREVIEW, {**sent, **MARK}))
    plain = picture(api.get(at(document, "pages/1/preview.png?width=400")))
    assert ImageChops.difference(marked, plain).getbbox()
    assert (255, 0, 0) in {color for _, color in marked.getcolors(maxcolors=100_000)}
    preset = make_preset(tenant, config=MARK)
    again = api.send_json(PREVIEW, {**sent, "preset": str(preset.id)})
    assert picture(again).tobytes() == marked.tobytes()


def test_a_bad_preview_names_all_that_is_bad(api, tenant):
    document = make_document(tenant)
    answer = api.send_json(PREVIEW, {"page": True, "width": 5, "watermark_text": "x"})
    assert named(answer) == {
        ("body.document_id", "missing"),
        ("body.page", "int_parsing"),
        ("body.width", "greater_than_equal"),
    }
    sent = {"document_id": str(document.id), "page": 2, "watermark_text": "x"}
    ((place, _),) = named(api.send_json(PREVIEW, sent))
    assert place == "body.page"
    assert named(api.send_json(PREVIEW, sent | {"opacity": 2})) == {
        ("body.opacity", "less_than_equal")
    }


@pytest.mark.django_db(transaction=True)
def test_a_tenant_has_few_looks_at_once(api, tenant, monkeypatch):
    documents = [make_document(tenant) for _ in range(looking.AT_ONCE + 1)]
    everybody_is_in, may_go_on = threading.Semaphore(0), threading.Event()
    real = looking.inspect_document

    def slow(**more):
        everybody_is_in.release()
        may_go_on.wait(30)
        return real(**more)

    monkeypatch.setattr(looking, "inspect_document", slow)
    statuses = []

    def ask(document):
        statuses.append(api.get(at(document, "inspect/")).status_code)
        connection.close()

    threads = [threading.Thread(target=ask, args=[each]) for each in documents[:-1]]
    for thread in threads:
        thread.start()
        everybody_is_in.acquire(timeout=30)
    refused = api.get(at(documents[-1], "inspect/"))
    may_go_on.set()
    for thread in threads:
        thread.join()
    assert (refused.status_code, refused.json()["type"]) == (429, "too_many_previews")
    assert refused["Retry-After"] == "1"
    assert statuses == [200, 200]
    assert api.get(at(documents[-1], "inspect/")).status_code == 200


def test_a_look_ends_when_the_client_has_gone(tenant, owner):
    gone = threading.Event()
    gone.set()
    answer = owner.api.get(at(make_document(tenant), "inspect/"), **{"countermark.gone": gone})
    assert answer.status_code == 503


# --- Rehearsals -------------------------------------------------------------------------------


def test_a_mark_alone_is_rehearsed(api, tenant):
    answer = api.send_json(VALIDATE, {"watermark_text": "x"})
    body = answer.json()
    assert (body["ok"], body["pages"], body["charge"], body["document_id"]) == (
        True,
        None,
        None,
        None,
    )
    assert body["config"]["font_size"] == 12
    assert body["remaining"] == {"documents": None, "pages": None}


def test_a_rehearsal_tells_what_the_job_would(api, tenant):
    tenant.monthly_pages = 10
    tenant.save()
    document = make_document(tenant, content=make_pdf(3, size=(100, 100)))
    sent = {"document_id": str(document.id), "watermark_text": "W" * 60, "font_size": 72}
    body = api.send_json(VALIDATE, sent).json()
    assert (body["ok"], body["pages"], body["charge"]) == (True, 3, {"documents": 1, "pages": 3})
    assert [each["code"] for each in body["warnings"]] == ["mark_scaled_down"]
    assert body["remaining"] == {"documents": None, "pages": 10}
    nowhere = api.send_json(VALIDATE, sent | {"pages": "7", "watermark_text": "x"}).json()
    assert "no_page_marked" in [each["code"] for each in nowhere["warnings"]]


def test_nothing_is_charged_and_nothing_made(api, tenant):
    document = make_document(tenant)
    sent = {"document_id": str(document.id), "watermark_text": "x", "strength": "raster"}
    for path in (VALIDATE, PREVIEW):
        assert api.send_json(path, sent).status_code == 200
    for model in (Job, Reservation, UsageRecord, OutboxEvent):
        assert not model.objects.exists()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (builders.encrypted(user="secret"), "encrypted"),
        (builders.signed(), "signed"),
        (b"%PDF-1.7 and then nothing", "damaged"),
    ],
    ids=["encrypted", "signed", "damaged"],
)
def test_what_would_stop_the_job_is_told(api, tenant, content, code):
    document = make_document(tenant, content=content)
    sent = {"document_id": str(document.id), "watermark_text": "x"}
    body = api.send_json(VALIDATE, sent).json()
    assert (body["ok"], [each["code"] for each in body["obstacles"]]) == (False, [code])


def test_a_used_up_allowance_would_stop_it(api, tenant):
    tenant.monthly_pages = 2
    tenant.save()
    document = make_document(tenant, content=make_pdf(3))
    sent = {"document_id": str(document.id), "watermark_text": "x"}
    body = api.send_json(VALIDATE, sent).json()
    assert [each["code"] for each in body["obstacles"]] == ["quota_exceeded"]


def test_a_bad_mark_is_refused_as_by_the_job(api, tenant):
    document = make_document(tenant)
    bad = {"watermark_text": "{{ nobody }}", "opacity": 0.5}
    asked = api.send_json(at(document, "watermark/"), bad)
    rehearsed = api.send_json(VALIDATE, bad | {"document_id": str(document.id)})
    assert rehearsed.json()["detail"] == asked.json()["detail"]
    assert named(api.send_json(VALIDATE, [])) == {("body", "dict_type")}


def test_foreign_documents_are_as_unknown(api, stranger):
    theirs = make_document(stranger.tenant)
    for document_id in (theirs.id, uuid.uuid4()):
        sent = {"document_id": str(document_id), "watermark_text": "x"}
        for answer in (
            api.send_json(VALIDATE, sent),
            api.send_json(PREVIEW, sent),
            api.get(f"/api/v1/documents/{document_id}/inspect/"),
            api.get(f"/api/v1/documents/{document_id}/pages/1/preview.png"),
            api.send_json("/api/v1/documents/bulk-delete/", {"document_ids": [str(document_id)]}),
        ):
            assert (answer.status_code, answer.json()["type"]) == (404, "not_found")


# --- Several at once --------------------------------------------------------------------------


def delete(api, *documents):
    ids = [str(getattr(each, "id", each)) for each in documents]
    return api.send_json("/api/v1/documents/bulk-delete/", {"document_ids": ids})


def test_several_documents_are_deleted(api, tenant):
    documents = [make_document(tenant) for _ in range(3)]
    job = make_job(documents[0])
    answer = delete(api, *documents[:2])
    assert set(answer.json()["deleted"]) == {str(each.id) for each in documents[:2]}
    assert list(Document.objects.filter(deleted_at=None)) == documents[2:]
    job.refresh_from_db()
    assert job.state == "cancelled"
    assert delete(api, documents[2], documents[2]).status_code == 200


def test_of_several_with_an_unknown_one_none_is_deleted(api, tenant):
    document = make_document(tenant)
    assert delete(api, document, uuid.uuid4()).status_code == 404
    assert Document.objects.get().deleted_at is None


@pytest.mark.parametrize(
    ("ids", "kind"), [([], "too_short"), ([str(uuid.uuid4())] * 101, "too_long"), (["x"], None)]
)
def test_so_many_at_once(api, ids, kind):
    answer = delete(api, *ids)
    assert kind is None or ("body.document_ids", kind) in named(answer)
    assert kind is None or answer.json()["detail"][0]["msg"].startswith("List should have at ")
    assert named(api.send_json("/api/v1/documents/bulk-delete/", {})) == {
        ("body.document_ids", "missing")
    }


def test_the_number_of_queries_does_not_grow(api, tenant):
    def queries(document):
        sent = json.dumps({"document_id": str(document.id), "watermark_text": "x"})
        counts = []
        for call in (
            lambda: api.get(at(document, "inspect/")),
            lambda: api.get(at(document, "pages/1/preview.png")),
            lambda: api.post(PREVIEW, sent, content_type="application/json"),
            lambda: api.post(VALIDATE, sent, content_type="application/json"),
        ):
            with CaptureQueriesContext(connection) as seen:
                assert call().status_code == 200
            counts.append(len(seen))
        return counts

    queries(make_document(tenant))
    few = queries(make_document(tenant))
    for _ in range(20):
        make_preset(tenant)
        make_job(make_document(tenant))
    assert queries(make_document(tenant, content=make_pdf(30))) == few
