"""``/metrics``: who may read it, and that its numbers are those of the rows."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from django.conf import settings
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from accounts.tests.factories import make_api_key, make_tenant
from billing.tests.factories import use
from config.invariants import known_invariants
from config.metrics import number
from documents.relay.nightly import check_nightly, finish_check
from documents.tests.factories import make_document, make_job

TOKEN = "a-long-random-token"


@pytest.fixture
def scrape(settings):
    """Return what a scraper with the token reads: ``{(name, labels…): number}``."""
    settings.METRICS_TOKEN = TOKEN

    def read() -> dict[tuple[str, ...], float]:
        answer = Client().get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200
        return {
            (sample.name.removeprefix("countermark_"), *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(answer.content.decode())
            for sample in family.samples
        }

    return read


@pytest.mark.django_db
@pytest.mark.parametrize("header", ["", "Bearer", "Bearer other", f"Basic {TOKEN}"])
def test_refused_without_the_token(settings, header):
    settings.METRICS_TOKEN = TOKEN
    answer = Client().get("/metrics", headers={"authorization": header})
    assert (answer.status_code, b"countermark_" in answer.content) == (401, False)
    assert answer["WWW-Authenticate"].startswith("Bearer ")


@pytest.mark.django_db
def test_no_token_in_the_settings_is_nobodys_token(settings):
    assert settings.METRICS_TOKEN == ""
    for header in ("Bearer ", "Bearer", ""):
        assert Client().get("/metrics", headers={"authorization": header}).status_code == 401


@pytest.mark.django_db
def test_staff_may_look_and_customers_may_not(owner, staff):
    _, key = make_api_key(owner.tenant)
    assert staff.get("/metrics").status_code == 200
    assert owner.client.get("/metrics").status_code == 401
    assert Client().get("/metrics", headers={"authorization": f"Bearer {key}"}).status_code == 401
    assert staff.post("/metrics").status_code == 405


@pytest.mark.django_db
def test_jobs_of_all_tenants_are_counted(scrape):
    for name in ("Acme", "Other"):
        make_job(make_document(tenant=make_tenant(name)))
    numbers = scrape()
    assert numbers["jobs", "queued"] == 2
    assert numbers["jobs", "running"] == 0
    assert numbers["tenants", "active"] == 2
    assert ("invariants_checked_timestamp_seconds",) not in numbers


@pytest.mark.django_db(transaction=True)
def test_each_invariant_is_a_number(scrape):
    make_job()
    check_nightly()
    finish_check()
    numbers = scrape()
    told = {key[1]: value for key, value in numbers.items() if key[0] == "invariant_held"}
    assert told.keys() == {invariant.name for invariant in known_invariants()}
    # A bare row: nobody announced it.
    assert told["job_start_told"] == 0
    assert numbers["invariant_breaches", "job_start_told"] == 1
    assert told["usage_once"] == 1
    assert numbers["invariants_checked_timestamp_seconds",] > 1.7e9


@pytest.mark.django_db
def test_a_request_is_counted_by_its_pattern(scrape, owner):
    job = make_job(make_document(tenant=owner.tenant))
    key = ("http_request_duration_seconds_count", "GET", "api/v1/jobs/<uuid:job_id>/", "200")
    before = scrape().get(key, 0)
    assert owner.api.get(f"/api/v1/jobs/{job.pk}/").status_code == 200
    assert scrape()[key] == before + 1


@pytest.mark.django_db
def test_foreign_words_make_no_new_series(scrape):
    for method in ("BREW", "WHEN"):
        Client().generic(method, "/nowhere/at/all")
    methods = {key[1] for key in scrape() if key[0] == "http_request_duration_seconds_count"}
    assert "BREW" not in methods and "other" in methods


@pytest.mark.django_db
def test_a_number_that_fails_keeps_no_other_away(scrape, monkeypatch):

    hidden = number.Number("hidden", "Never there.", "SELECT 1 FROM nowhere")
    known = [hidden, *number.known_numbers()]
    monkeypatch.setattr(number, "known_numbers", lambda: known)
    numbers = scrape()
    assert numbers["metric_failed", "hidden"] == 1
    assert ("jobs", "queued") in numbers


def test_the_table_for_operators_is_what_there_is():
    text = (settings.BASE_DIR / "docs" / "operations.md").read_text("utf-8")
    table = text.split("### Metrics", 1)[1].split("All but the first", 1)[0]
    cells = re.findall(r"^\| (`[^|]+`) \|", table, re.MULTILINE)
    told = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    counted = {"http_request_duration_seconds", "metric_failed"}
    assert told == counted | {each.name for each in number.known_numbers()}


@pytest.mark.django_db
def test_what_was_used_today_is_the_ledgers(owner, scrape):
    use(owner.tenant, pages=7)
    found = scrape()
    assert (found["usage_today", "pages"], found["usage_today", "documents"]) == (7, 1)
    assert found["provider_waiting", "reports_failed"] == 0


FIRST_REQUESTS = """
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from config.metrics.requests import count_request

sys.setswitchinterval(1e-6)
barrier = Barrier(8)

def first(_):
    barrier.wait()
    count_request(method="GET", route="/ready", status=200, seconds=0.01)

with ThreadPoolExecutor(8) as pool:
    list(pool.map(first, range(8)))

from prometheus_client import REGISTRY
NAME = "countermark_http_request_duration_seconds_count"
print(REGISTRY.get_sample_value(NAME, {"method": "GET", "route": "/ready", "status": "200"}))
"""


def test_the_first_requests_of_a_process_may_come_at_once():
    """In a process of its own, since it is only once that they come first."""
    argv = [sys.executable, "-c", FIRST_REQUESTS]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("8.0\n", "")
