"""E2: documents written from text, and uploads of every kind, through the API."""

from __future__ import annotations

import io

import docx
import pypdfium2
import pytest

from documents.formats.kinds import MEDIA_TYPES, DocumentFormat
from documents.formats.writing import MOST_CHARACTERS
from documents.models import Document, Job
from documents.processing import run
from documents.tests.api.staging import handed_over, staged_file
from documents.tests.factories import make_document, make_pdf
from documents.tests.formats.files import EVERY_KIND, text_of

LIST = "/api/v1/documents/"


def create(api, **body):
    return api.post(LIST, body, content_type="application/json")


def bytes_of(answer) -> bytes:
    return b"".join(answer.streaming_content)


def problems(answer) -> set:
    return {(tuple(each["loc"]), each["type"]) for each in answer.json()["detail"]}


def test_content_becomes_a_pdf_by_default(api):
    answer = create(api, title="  Offer: 17/b ", content="Dear Ms Moreau,\n\nThank you.")
    assert answer.status_code == 201
    body = answer.json()
    assert answer["Location"] == f"{LIST}{body['id']}/"
    assert (body["title"], body["file_name"]) == ("Offer: 17/b", "Offer 17 b.pdf")
    assert (body["format"], body["content_type"]) == ("pdf", "application/pdf")
    assert body["page_count"] == 1
    download = api.get(f"{answer['Location']}download/")
    text = text_of(bytes_of(download))
    assert "Offer: 17/b" in text and "Thank you." in text


def test_content_becomes_a_word_document(api):
    answer = create(api, title="Offer", content="One\nTwo", format="docx")
    body = answer.json()
    assert (answer.status_code, body["format"], body["page_count"]) == (201, "docx", None)
    download = api.get(f"{answer['Location']}download/")
    assert download["Content-Type"] == MEDIA_TYPES[DocumentFormat.DOCX]
    assert "Offer.docx" in download["Content-Disposition"]
    document = docx.Document(io.BytesIO(bytes_of(download)))
    assert [each.text for each in document.paragraphs] == ["Offer", "One", "Two"]


def test_content_becomes_a_text_of_exactly_itself(api):
    content = "  Grüße \n\n\tEnde\n"
    answer = create(api, title="Offer", content=content, format="txt")
    download = api.get(f"{answer['Location']}download/")
    assert download["Content-Type"] == "text/plain; charset=utf-8"
    assert bytes_of(download) == content.encode()
    assert answer.json()["file_name"] == "Offer.txt"


@pytest.mark.parametrize("format", ["pdf", "docx", "txt"])
def test_content_may_be_left_out_and_the_document_marked(api, format):
    answer = create(api, title="Empty", format=format)
    assert answer.status_code == 201
    marked = api.post(f"{answer['Location']}watermark/", {"watermark_text": "DRAFT"})
    run.process(Job.objects.get(pk=marked.json()["id"]).pk)
    assert Job.objects.get().state == "succeeded"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"content": "x"}, (("body", "title"), "missing")),
        ({"title": " "}, (("body", "title"), "string_too_short")),
        ({"title": "a", "format": "odt"}, (("body", "format"), "enum")),
        ({"title": "a", "content": 5}, (("body", "content"), "string_type")),
        ({"title": "a", "contents": "x"}, (("body", "contents"), "extra_forbidden")),
        ({"title": "a", "content": "a\0b"}, (("body", "content"), "string_control_character")),
        (
            {"title": "a", "content": "x" * (MOST_CHARACTERS + 1)},
            (("body", "content"), "string_too_long"),
        ),
        ({"title": "a", "content": "\U0001f9ff"}, (("body", "content"), "unsupported_text")),
        ({"title": "\U0001f9ff"}, (("body", "title"), "unsupported_text")),
    ],
)
def test_what_cannot_be_written_is_refused_by_name(api, body, problem):
    answer = api.post(LIST, body, content_type="application/json")
    assert answer.status_code == 422
    assert problem in problems(answer)
    assert not Document.objects.exists()


def test_the_characters_that_no_font_draws_are_named(api):
    (problem,) = create(api, title="a", content="a\U0001f9ffb\u4e00").json()["detail"]
    assert problem["ctx"] == {"characters": ["\U0001f9ff"]}
    assert "U+1F9FF" in problem["msg"]
    # Word and other programs may have a font.
    assert create(api, title="a", content="\U0001f9ff", format="docx").status_code == 201
    assert create(api, title="a", content="\U0001f9ff", format="txt").status_code == 201


def test_writing_needs_its_scope_and_counts_as_an_upload(api_of, tenant):
    assert create(api_of(tenant, ["documents:read"]), title="a").status_code == 403


def test_writing_costs_as_many_queries_however_long(api, django_assert_max_num_queries):
    api.get("/api/v1/auth/whoami/")
    for content in ("", "line\n" * 500):
        with django_assert_max_num_queries(14):
            assert create(api, title="a", content=content).status_code == 201


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_every_kind_is_uploaded_marked_and_downloaded(api, kind):
    content = EVERY_KIND[kind]()
    # The name and the type that the client gives are both wrong.
    answer = api.post(LIST, **handed_over(staged_file(content, "scan.gif")))
    body = answer.json()
    media_type = MEDIA_TYPES[DocumentFormat(kind)]
    assert (answer.status_code, body["format"], body["content_type"]) == (201, kind, media_type)
    assert body["file_name"] == "scan.gif"
    original = api.get(f"{answer['Location']}download/")
    assert (original["Content-Type"], bytes_of(original)) == (media_type, content)
    assert f"scan.gif.{kind}" in original["Content-Disposition"]

    marked = api.post(f"{answer['Location']}watermark/", {"watermark_text": "DRAFT"})
    assert marked.status_code == 202
    run.process(Job.objects.get().pk)
    job = api.get(marked["Location"]).json()
    assert (job["state"], job["error"]) == ("succeeded", None)
    result = api.get(f"{marked['Location']}result/")
    copy = bytes_of(result)
    if kind == "docx":
        assert result["Content-Type"] == media_type
        assert "scan-marked.docx" in result["Content-Disposition"]
        assert docx.Document(io.BytesIO(copy)).paragraphs[0].text == "Hello Word"
        assert api.get(answer["Location"]).json()["page_count"] is None
    else:
        assert result["Content-Type"] == "application/pdf"
        assert "scan-marked.pdf" in result["Content-Disposition"]
        assert "DRAFT" in text_of(copy)
        assert api.get(answer["Location"]).json()["page_count"] == len(pypdfium2.PdfDocument(copy))


def test_a_word_document_refuses_at_the_door_what_it_cannot_have(api, tenant):
    document = make_document(
        tenant,
        content=EVERY_KIND["docx"](),
        format="docx",
        content_type=MEDIA_TYPES[DocumentFormat.DOCX],
    )
    config = {"watermark_text": "x", "pages": "1", "strength": "raster"}
    answer = api.post(f"{LIST}{document.id}/watermark/", config, content_type="application/json")
    assert answer.status_code == 422
    assert problems(answer) == {
        (("body", "pages"), "unsupported_in_docx"),
        (("body", "strength"), "unsupported_in_docx"),
    }
    assert not Job.objects.exists()


def test_refusing_the_mark_keeps_no_document_of_the_upload(api):
    answer = api.post(
        "/api/v1/watermark/",
        **handed_over(staged_file(EVERY_KIND["docx"]()), watermark_text="x", pages="1"),
    )
    assert answer.status_code == 422
    assert not Document.objects.exists()


def test_the_database_holds_format_and_type_together(tenant):
    from django.db import IntegrityError, transaction

    with pytest.raises(IntegrityError), transaction.atomic():
        make_document(tenant, content=make_pdf(), format="txt")
