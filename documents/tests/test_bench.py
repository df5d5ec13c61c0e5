"""The measuring programs run; what they measure is nobody's test."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from accounts.models import OutboxEvent
from accounts.tests.cast import Person
from bench.chaos.tally import Row, take_tally
from bench.mutants import MUTANTS, Mutant
from documents.models import Job
from documents.processing.run import process
from documents.services.jobs import submit_job
from documents.tests.factories import make_document, make_job, make_spec

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_still_finds_what_it_breaks(mutant: Mutant) -> None:
    for name, old, new in mutant.changes:
        assert (ROOT / name).read_text("utf-8").count(old) == 1
        assert old != new
    for check in mutant.checks:
        assert (ROOT / check.split("::")[0]).exists()


def test_the_smallest_document_goes_through_all_engines(tmp_path):
    figures = tmp_path / "figures.json"
    files = ["--folder", str(tmp_path), "--json", str(figures)]
    command = [sys.executable, "bench/engine.py", "--inputs", "10 pages", "--runs", "1", *files]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    told = json.loads(figures.read_text())["results"]["10 pages"]
    assert {"cp", "ours", "pikepdf form", "pikepdf add_overlay"} <= set(told["whole"])
    assert {"copyfile", "ours", "pypdf form", "pypdf merge_page"} <= set(told["warm"])
    assert all(run["output_bytes"] >= run["input_bytes"] for run in told["whole"].values())


def done_job(owner: Person) -> Job:
    job = submit_job(
        principal=owner.principal, document=make_document(owner.tenant), spec=make_spec()
    )
    done = process(job.pk)
    assert done and done.state == "succeeded"
    return done


@pytest.mark.django_db(transaction=True)
def test_a_tally_of_faults_finds_what_is_lost_and_what_is_doubled(
    owner: Person, blob_dir: Path
) -> None:
    job = done_job(owner)
    tally = take_tally([str(job.pk)])
    assert (tally.lost, tally.doubled, tally.states) == (0, 0, {"succeeded": 1})

    assert take_tally([str(job.pk), "never-seen"]).lost == 1
    assert take_tally([]).doubled == 1  # a job that nobody was told of
    waiting = make_job(job.document)
    assert take_tally([str(job.pk), str(waiting.pk)]).lost == 1

    waiting.delete()
    end = OutboxEvent.objects.get(subject=f"job:{job.pk}", type="job.succeeded")
    end.pk, end._state.adding, end.type = None, True, "job.failed"
    end.public_id = uuid.uuid4()
    end.save()
    assert take_tally([str(job.pk)]).doubled == 1
    OutboxEvent.objects.filter(type__in=("job.succeeded", "job.failed")).delete()
    assert take_tally([str(job.pk)]).lost == 1


@pytest.mark.parametrize(
    ("row", "is_lost", "is_doubled"),
    [
        (Row("succeeded", "", 1, ends=1, outputs=1, uses=1), False, False),
        (Row("succeeded", "", 1, ends=1, outputs=0, uses=1), True, False),
        (Row("succeeded", "", 1, ends=1, outputs=1, uses=0), True, False),
        (Row("succeeded", "", 2, ends=1, outputs=1, uses=2), False, True),
        (Row("failed", "worker_lost", 3, ends=1, outputs=0, uses=0), False, False),
        (Row("failed", "worker_lost", 3, ends=1, outputs=0, uses=1), False, True),
        (Row("running", "", 1, ends=0, outputs=0, uses=0), True, False),
    ],
)
def test_a_row_of_a_tally(row: Row, is_lost: bool, is_doubled: bool) -> None:
    assert (row.is_lost, row.is_doubled) == (is_lost, is_doubled)
