"""Word documents that shall become PDFs, through the API."""

from __future__ import annotations

from documents.models import Job
from documents.processing import run
from documents.tests.api.staging import handed_over, staged_file
from documents.tests.formats.files import text_of, word
from documents.tests.sandbox.test_office import needs_office


def asked_for_pdf(api) -> object:
    config = {"watermark_text": "DRAFT", "output": '{"format": "pdf"}', "pages": "1"}
    return api.post("/api/v1/watermark/", **handed_over(staged_file(word(), "a.docx"), **config))


def test_without_a_program_it_is_refused_at_the_door(api, settings):
    settings.OFFICE_PROGRAM = ""
    answer = asked_for_pdf(api)
    assert (answer.status_code, answer.json()["type"]) == (422, "conversion_unavailable")
    assert not Job.objects.exists()


@needs_office
def test_a_job_makes_a_marked_pdf_of_a_word_document(api):
    answer = asked_for_pdf(api)
    assert answer.status_code == 202
    run.process(Job.objects.get().pk)
    job = api.get(answer["Location"]).json()
    assert (job["state"], job["error"], job["progress"]["pages"]) == ("succeeded", None, 1)
    result = api.get(f"{answer['Location']}result/")
    assert result["Content-Type"] == "application/pdf"
    assert "a-marked.pdf" in result["Content-Disposition"]
    text = text_of(b"".join(result.streaming_content))
    assert "Hello Word" in text and "DRAFT" in text


@needs_office
def test_a_worker_without_the_program_says_so(api, settings):
    asked_for_pdf(api)
    Job.objects.update(max_attempts=1)
    settings.OFFICE_PROGRAM = ""
    run.process(Job.objects.get().pk)
    assert Job.objects.get().error_code == "conversion_unavailable"


def test_other_documents_take_the_option_for_what_they_become_anyway(api, settings):
    settings.OFFICE_PROGRAM = ""
    config = {"watermark_text": "DRAFT", "output": '{"format": "pdf"}'}
    staged = staged_file(b"Hello")
    answer = api.post("/api/v1/watermark/", **handed_over(staged, **config))
    assert answer.status_code == 202
    assert answer.json()["config"]["output"] == {"format": "pdf"}
