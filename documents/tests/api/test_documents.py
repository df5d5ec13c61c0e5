"""Reading, storing, downloading and deleting documents."""

from __future__ import annotations

import hashlib

import pytest
from django.urls import reverse

from documents.models import Document
from documents.storage import blob_store
from documents.tests.api.staging import handed_over, staged_file
from documents.tests.factories import make_document, make_job, make_pdf

LIST = "/api/v1/documents/"


def one(document):
    return f"{LIST}{document.id}/"


def test_a_document_tells_everything_about_itself(api, tenant):
    content = make_pdf()
    document = make_document(tenant, content=content, title="Offer", page_count=1)

    body = api.get(one(document)).json()

    assert body == {
        "id": str(document.id),
        "title": "Offer",
        "file_name": document.file_name,
        "format": "pdf",
        "content_type": "application/pdf",
        "size_bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "page_count": 1,
        "created_at": document.created_at.isoformat().replace("+00:00", "Z"),
        "download_url": "http://testserver" + reverse("api:document-download", args=[document.id]),
    }


def test_an_upload_is_stored_and_shown_as_it_will_be_read(api):
    content = make_pdf(2)
    answer = api.post(LIST, **handed_over(staged_file(content, "Offer 17.pdf")))

    assert answer.status_code == 201
    assert answer["Location"] == f"{LIST}{answer.json()['id']}/"
    assert answer.json() == api.get(answer["Location"]).json()
    assert answer.json()["title"] == "Offer 17"
    document = Document.objects.select_related("blob").get()
    with blob_store().open(document.blob.id) as stored:
        assert stored.read() == content


def test_a_title_is_trimmed(api):
    answer = api.post(LIST, **handed_over(staged_file(), title="  Offer \n"))
    assert answer.json()["title"] == "Offer"


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        (
            {"title": "x" * 256},
            {"loc": ["body", "title"], "type": "string_too_long", "ctx": {"max_length": 255}},
        ),
        (
            {"title": "   "},
            {"loc": ["body", "title"], "type": "string_too_short", "ctx": {"min_length": 1}},
        ),
        ({"tittle": "Offer"}, {"loc": ["body", "tittle"], "type": "extra_forbidden"}),
    ],
)
def test_bad_fields_of_an_upload_are_named_and_nothing_is_stored(api, fields, problem):
    answer = api.post(LIST, **handed_over(staged_file(), **fields))

    assert answer.status_code == 422
    (found,) = answer.json()["detail"]
    assert problem.items() <= found.items()
    assert not Document.objects.exists()


def test_every_bad_part_of_an_upload_is_named_at_once(api):
    answer = api.post(LIST, **handed_over(title="", tittle="Offer"))

    named = {(tuple(problem["loc"]), problem["type"]) for problem in answer.json()["detail"]}
    assert named == {
        (("body", "file"), "missing"),
        (("body", "title"), "string_too_short"),
        (("body", "tittle"), "extra_forbidden"),
    }


def test_what_is_of_no_kind_that_we_take_is_refused(api):
    answer = api.post(LIST, **handed_over(staged_file(b"PK\x03\x04 a zip file")))
    assert (answer.status_code, answer.json()["type"]) == (415, "unsupported_format")
    for kind in ("ZIP", "PDF", "docx", "txt", "PNG", "JPEG"):
        assert kind in answer.json()["detail"]
    assert not Document.objects.exists()


@pytest.mark.parametrize("content_type", ["application/xml", "text/plain"])
def test_only_forms_bring_files(api, content_type):
    answer = api.post(LIST, b"{}", content_type=content_type)
    assert (answer.status_code, answer.json()["type"]) == (415, "unsupported_media_type")


def test_a_download_is_the_bytes_under_their_name(api, tenant):
    content = make_pdf(3)
    document = make_document(tenant, content=content, file_name="Öffer.pdf")

    answer = api.get(f"{one(document)}download/")

    assert b"".join(answer.streaming_content) == content
    assert answer["Content-Type"] == "application/pdf"
    assert "filename*=UTF-8''%C3%96ffer.pdf" in answer["Content-Disposition"]
    assert answer["ETag"] == f'"{hashlib.sha256(content).hexdigest()}"'


def test_a_download_serves_ranges_and_conditions(api, tenant):
    content = make_pdf()
    path = f"{one(make_document(tenant, content=content))}download/"
    etag = f'"{hashlib.sha256(content).hexdigest()}"'

    part = api.get(path, HTTP_RANGE="bytes=5-9")
    assert (part.status_code, part["Content-Range"]) == (206, f"bytes 5-9/{len(content)}")
    assert b"".join(part.streaming_content) == content[5:10]
    assert api.get(path, HTTP_IF_NONE_MATCH=etag).status_code == 304
    assert api.get(path, HTTP_IF_MATCH='"other"').status_code == 412
    assert api.get(path, HTTP_RANGE=f"bytes={len(content)}-").status_code == 416
    head = api.head(path)
    assert (head.status_code, head["Content-Length"]) == (200, str(len(content)))


def test_a_deleted_document_is_gone_and_its_jobs_stay(api, tenant):
    document = make_document(tenant)
    job = make_job(document, state="succeeded")

    answer = api.delete(one(document))

    assert (answer.status_code, answer.content) == (204, b"")
    assert api.get(one(document)).status_code == 404
    assert api.delete(one(document)).status_code == 404
    assert api.get(f"{one(document)}download/").status_code == 404
    assert api.get(LIST).json()["results"] == []
    assert api.get(f"/api/v1/jobs/{job.id}/").json()["document_id"] == str(document.id)


def test_the_list_shows_the_newest_first_and_searches_titles(api, tenant):
    for title in ("Offer A", "Invoice", "offer b"):
        make_document(tenant, title=title)

    titles = [each["title"] for each in api.get(LIST).json()["results"]]
    assert titles == ["offer b", "Invoice", "Offer A"]
    found = [each["title"] for each in api.get(LIST, {"search": " OFFER "}).json()["results"]]
    assert found == ["offer b", "Offer A"]


def test_the_list_is_read_page_by_page(api, tenant):
    expected = [str(make_document(tenant).id) for _ in range(7)][::-1]

    seen, url = [], f"{LIST}?limit=3&search=Document"
    while url:
        page = api.get(url.removeprefix("http://testserver")).json()
        seen += [each["id"] for each in page["results"]]
        previous, url = page["previous"], page["next"]

    assert seen == expected
    before = api.get(previous.removeprefix("http://testserver")).json()
    assert [each["id"] for each in before["results"]] == expected[3:6]


@pytest.mark.parametrize("rows", [1, 30])
def test_lists_cost_two_queries_however_long(api, tenant, rows, django_assert_num_queries):
    for _ in range(rows):
        make_document(tenant)
    api.get("/api/v1/auth/whoami/")  # which notes, once a minute, that the key is used
    with django_assert_num_queries(2):  # the key, the page
        assert len(api.get(LIST, {"limit": 100}).json()["results"]) == rows


def test_one_document_costs_two_queries(api, tenant, django_assert_num_queries):
    document = make_document(tenant)
    api.get("/api/v1/auth/whoami/")
    with django_assert_num_queries(2):
        api.get(one(document))
