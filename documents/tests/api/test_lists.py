"""Lists: either order, a span of time, and all of it as CSV."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.api import lists
from documents.models import Document, Job
from documents.queries import DocumentRow
from documents.tests.factories import make_document, make_job, make_preset

DOCUMENTS, JOBS, PRESETS = "/api/v1/documents/", "/api/v1/jobs/", "/api/v1/presets/"
FIRST = datetime(2026, 11, 1, 12, tzinfo=UTC)
AS_CSV = {"HTTP_ACCEPT": "text/csv"}


@pytest.fixture
def days(tenant):
    """Five documents, each with a job, a day apart."""
    made = []
    for day in range(5):
        document = make_document(tenant, title=f"Day {day}")
        when = FIRST + timedelta(days=day)
        Document.objects.filter(pk=document.pk).update(created_at=when)
        Job.objects.filter(pk=make_job(document).pk).update(created_at=when)
        made.append(document)
    return made


def titles(page):
    return [each["title"] for each in page["results"]]


def rows(answer):
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text)))


def test_the_oldest_may_stand_first_on_every_page(api, days):
    first = api.get(f"{DOCUMENTS}?ordering=created_at&limit=2").json()
    second = api.get(first["next"]).json()
    third = api.get(second["next"]).json()
    pages = [titles(page) for page in (first, second, third)]
    assert pages == [["Day 0", "Day 1"], ["Day 2", "Day 3"], ["Day 4"]]
    assert (first["previous"], third["next"]) == (None, None)
    assert titles(api.get(third["previous"]).json()) == ["Day 2", "Day 3"]
    newest = api.get(f"{DOCUMENTS}?ordering=-created_at&limit=2").json()
    assert titles(newest) == ["Day 4", "Day 3"]


@pytest.mark.parametrize("path", [DOCUMENTS, JOBS])
def test_a_list_is_cut_out_of_time(api, days, path):
    def found(**query):
        return len(api.get(path, query).json()["results"])

    assert found(created_after="2026-11-03T12:00:00Z") == 3
    assert found(created_before="2026-11-03T12:00:00Z") == 2
    both = {"created_after": "2026-11-02T14:00:00+02:00", "created_before": "2026-11-04t12:00:00z"}
    assert found(**both) == 2


@pytest.mark.parametrize("path", [DOCUMENTS, JOBS, PRESETS])
@pytest.mark.parametrize("moment", ["2026-11-03", "2026-11-03T12:00:00", "now", "", "2026-13-01T0"])
def test_a_moment_has_date_time_and_offset(api, path, moment):
    answer = api.get(path, {"created_after": moment, "ordering": "title"})
    named = {(each["loc"][-1], each["type"]) for each in answer.json()["detail"]}
    assert (answer.status_code, {name for name, _ in named}) == (
        422,
        {"created_after", "ordering"},
    )


def test_presets_have_both_orders(api, tenant):
    for number in range(3):
        make_preset(tenant, name=f"Number {number}")
    names = [
        [each["name"] for each in api.get(f"{PRESETS}?ordering={order}").json()["results"]]
        for order in ("created_at", "-created_at")
    ]
    assert names[0] == list(reversed(names[1]))


def test_all_documents_come_as_csv(api, days, stranger, monkeypatch):
    monkeypatch.setattr(lists, "ROWS_AT_ONCE", 2)
    make_document(stranger.tenant)
    answer = api.get(f"{DOCUMENTS}?limit=1&ordering=created_at", **AS_CSV)
    assert answer["Content-Disposition"] == 'attachment; filename="documents.csv"'
    found = rows(answer)
    assert [row["title"] for row in found] == [f"Day {day}" for day in range(5)]
    assert found[0]["id"] == str(days[0].id)
    assert found[0]["created_at"] == "2026-11-01T12:00:00Z"
    assert tuple(found[0]) == DocumentRow._fields
    filtered = api.get(f"{DOCUMENTS}?search=day+3", **AS_CSV)
    assert [row["title"] for row in rows(filtered)] == ["Day 3"]


def test_all_jobs_come_as_csv(api, tenant):
    make_job(make_document(tenant), state="failed", error_message="=HYPERLINK(1)")
    make_job(make_document(tenant), warnings=[{"code": "repaired", "message": "x"}])
    waiting, failed = rows(api.get(JOBS, **AS_CSV))
    assert (waiting["state"], waiting["warnings"], waiting["finished_at"]) == (
        "queued",
        "repaired",
        "",
    )
    assert (failed["error_code"], failed["error_message"]) == ("damaged", "'=HYPERLINK(1)")


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@x", "\tx", "＝1"])
def test_no_cell_is_a_formula(api, tenant, title):
    make_document(tenant, title=title, file_name=f"{title}.pdf")
    (row,) = rows(api.get(DOCUMENTS, **AS_CSV))
    assert row["title"].startswith("'")
    assert row["file_name"].startswith("'")


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/csv", "text/csv; charset=utf-8"),
        ("text/html, TEXT/CSV;q=0.5", "text/csv; charset=utf-8"),
        ("text/csv, application/json", "text/csv; charset=utf-8"),
        ("application/json, text/csv", "application/json"),
        ("*/*", "application/json"),
        ("", "application/json"),
    ],
)
def test_csv_comes_to_who_asks_for_it(api, days, accept, kind):
    assert api.get(DOCUMENTS, HTTP_ACCEPT=accept)["Content-Type"] == kind


def test_an_error_is_no_csv(api):
    answer = api.get(f"{DOCUMENTS}?colour=red", **AS_CSV)
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/json")


def test_five_hundred_rows_are_one_query(api, tenant):
    for _ in range(3):
        make_document(tenant)
    with CaptureQueriesContext(connection) as seen:
        assert len(rows(api.get(DOCUMENTS, **AS_CSV))) == 3
    assert sum('FROM "documents_document"' in each["sql"] for each in seen) == 1
