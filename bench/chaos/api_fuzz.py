"""S1: whatever is sent to it, the API answers as its OpenAPI document says, and never with a 5xx.

Schemathesis reads the committed document and asks the running web: with every example, every edge
of every schema, made-up requests, and chains in which one answer's ids go into the next request.
All its checks are on. What it cannot know is in fuzz_hooks.py. FUZZ_ONLY names operations, to look
at some of them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from accounts.models import Tenant
from accounts.tests.factories import PASSWORD, make_member, make_principal
from bench.chaos.customer import Customer, make_customer
from bench.chaos.finding import Finding
from bench.chaos.fuzz_people import make_people
from bench.chaos.fuzz_things import make_things
from bench.chaos.part import wait_until
from bench.chaos.stage import Stage
from billing.models import Plan
from deploy.local.place import ROOT
from documents.models import Job
from documents.services.jobs import JobEnded, cancel_job

# Of made-up requests, for each operation; edges and examples are as many as the document has.
EXAMPLES, EXAMPLES_SHORT = 60, 3
OUR_FAULT = ("internal_error", "engine_crashed", "out_of_memory", "storage_error", "worker_lost")
SETTINGS = """
base-url = "{url}"
hooks = "bench.chaos.fuzz_hooks"
continue-on-failure = true
request-timeout = 30.0
cache.enabled = false
generation.database = "none"
generation.no-shrink = true
# How soon is promised elsewhere: deleting a document stops the hundreds of jobs that wait on it.
checks.max_response_time = 25.0

[auth.wfc]
path = "{people}"
user = "one"
peers = ["one", "other"]

# Whether a range lies within a file, or a copy's time is over, is nothing that a schema can tell:
# here the refusal of a valid request may be 410 or 416, too.
[[operations]]
include-operation-id = ["downloadDocument", "downloadResult", "downloadBatchArchive"]
checks.positive_data_acceptance.expected-statuses = [
    "2xx", "3xx", "401", "403", "404", "409", "410", "416", "429", "5xx",
]

# Whether a link still works is nothing that a schema can tell; after a few none does.
[[operations]]
include-operation-id = ["verifyEmail", "resetPassword", "acceptInvitation"]
checks.positive_data_acceptance.expected-statuses = [
    "2xx", "401", "403", "404", "409", "422", "429", "5xx",
]

# Nor whether a document is whole.
[[operations]]
include-operation-id = ["previewPage", "inspectDocument"]
checks.positive_data_acceptance.expected-statuses = [
    "2xx", "3xx", "401", "403", "404", "409", "422", "429", "5xx",
]

# Who does not say which version they have seen is answered as RFC 6585 has it: 428.
[[operations]]
include-operation-id = [
    "replacePreset", "changePreset", "deletePreset", "renameAsset",
    "updateOrganization", "changeBillingDetails",
]
checks.missing_required_header.expected-statuses = [
    "400", "401", "403", "406", "415", "422", "428",
]

# Whatever bytes are in a batch, they are a file of which the batch tells whether it is one of ours.
[[operations]]
include-operation-id = "watermarkBatch"
checks.negative_data_rejection.expected-statuses = ["202", "4xx", "5xx"]

# Another version of the protocol, or none, is refused as the protocol says: 412. Whether bytes have
# the checksum that goes with them, or are too many, no schema can tell. No bytes have no type.
[[operations]]
include-operation-id = ["appendToUpload", "deleteUpload"]
checks.positive_data_acceptance.expected-statuses = [
    "2xx", "401", "403", "404", "409", "413", "415", "422", "429", "460", "5xx",
]
checks.negative_data_rejection.expected-statuses = ["4xx", "5xx"]
checks.missing_required_header.expected-statuses = [
    "400", "401", "403", "406", "412", "415", "422",
]

# The same; and a header that nobody knows is no reason to refuse anything.
[[operations]]
include-operation-id = "createUpload"
checks.positive_data_acceptance.expected-statuses = [
    "2xx", "401", "403", "404", "409", "413", "422", "429", "5xx",
]
checks.negative_data_rejection.expected-statuses = ["201", "4xx", "5xx"]
checks.missing_required_header.expected-statuses = [
    "400", "401", "403", "406", "412", "415", "422",
]
"""


# The same fields as at the other address for marks, some 300 edges of them.
LEFT_OUT_SHORT = """
[[operations]]
include-operation-id = "watermarkUpload"
phases.coverage.enabled = false
"""


def run(stage: Stage, *, short: bool, seed: int) -> Iterator[Finding]:
    """Let Schemathesis ask whatever it can think of, as one of two tenants."""
    # Whichever plan the requests change to, there is nothing that they may not go on asking for.
    names = ("requests_per_minute", "uploads_per_minute", "monthly_documents", "monthly_bytes")
    Plan.objects.update(included_pages=None, page_price=None, **dict.fromkeys(names))
    customers = {name: make_customer(stage.url, name) for name in ("one", "other")}
    stage.start_web()
    stage.start_workers(1, concurrency=1)
    stage.start_relays(1)
    user = make_member("owner", tenant=customers["one"].tenant, password=PASSWORD)
    stage.environment["FUZZ_LOGIN"] = f"{user.email} {PASSWORD}"
    tenant = customers["one"].tenant
    made = make_people(tenant, user) | make_things(customers["one"])
    made["authorization"] = [customers["one"].http.headers["Authorization"]]
    made["authorization of the other"] = [customers["other"].http.headers["Authorization"]]
    stage.environment["FUZZ_MADE"] = json.dumps(made)
    write_settings(stage, customers, more=LEFT_OUT_SHORT if short else "")
    report, output = ask(stage, examples=EXAMPLES_SHORT if short else EXAMPLES, seed=seed)
    yield judge(report, statuses(stage), output)
    yield judge_work(tenant)


def write_settings(stage: Stage, customers: Mapping[str, Customer], *, more: str) -> None:
    """Write down whom to ask, as whom, and what counts as an answer."""
    people = [
        {
            "name": name,
            "fixedHeaders": [
                {"name": "Authorization", "value": customer.http.headers["Authorization"]}
            ],
        }
        for name, customer in customers.items()
    ]
    path = stage.directory / "people.json"
    path.write_text(json.dumps({"auth": people}), encoding="utf-8")
    settings = SETTINGS.format(url=stage.url, people=path)
    (stage.directory / "fuzz.toml").write_text(settings + more, encoding="utf-8")


def ask(stage: Stage, *, examples: int, seed: int) -> tuple[dict[str, Any], str]:
    """Run Schemathesis; return its report and what it printed."""
    report = stage.directory / "report.json"
    argv = [
        str(Path(sys.executable).parent / "schemathesis"),
        *("--config-file", str(stage.directory / "fuzz.toml")),
        *("run", str(ROOT / "docs" / "openapi.json")),
        *("--checks", "all", "--max-examples", str(examples), "--seed", str(seed)),
        *("--report-json-path", str(report), "--no-color"),
        *(f"--include-operation-id={name}" for name in os.environ.get("FUZZ_ONLY", "").split()),
    ]
    done = subprocess.run(argv, cwd=ROOT, env=stage.environment, capture_output=True, text=True)
    if not report.exists():
        raise RuntimeError(f"Schemathesis did not begin: {done.stdout}{done.stderr}")
    return json.loads(report.read_text(encoding="utf-8")), done.stdout


def statuses(stage: Stage) -> list[int]:
    """Return the status of every answer, as the web itself has logged it."""
    lines = (json.loads(line) for line in stage.log_of("web").splitlines() if line[:1] == "{")
    return [line["status"] for line in lines if line["event"] == "request"]


def judge(report: dict[str, Any], answers: list[int], output: str) -> Finding:
    """Look at what was found, and at whether enough was looked at."""
    errors = sum(status >= 500 for status in answers)
    deviations = report["test_cases"]["unique_failures"]
    rates = report["valid_rates"].items()
    accepted = {name for name, phases in rates if any(each["accepted"] for each in phases.values())}
    total, tested = report["operations"]["total"], report["operations"]["tested"]
    phases = [name for name, phase in report["phases"].items() if phase["status"] == "success"]
    holds = not (errors or deviations or report["errors"]) and report["exit_code"] == 0
    holds &= tested == total == len(accepted) and len(phases) == len(report["phases"]) == 4
    figures = (
        f"{errors} server errors and {deviations} deviations in {len(answers)} answers"
        f" ({report['test_cases']['generated']} cases, {', '.join(phases) or 'no phase'});"
        f" {tested} of {total} operations asked, {len(accepted)} also with success"
    )
    if never := sorted({name for name, _ in rates} - accepted):
        figures += f", never {', '.join(never)}"
    return Finding("S1", holds, figures if holds else f"{figures}\n{output}")


def judge_work(tenant: Tenant) -> Finding:
    """Cancel what still waits, and look whether any of the work failed by our fault."""
    actor = make_principal(tenant=tenant)
    for job in Job.objects.filter(state="queued"):
        with suppress(JobEnded):
            cancel_job(principal=actor, job=job)
    wait_until(lambda: not Job.objects.filter(state__in=Job.LIVE_STATES).exists())
    worked = Job.objects.exclude(started_at=None).count()
    broken = Job.objects.filter(state="failed", error_code__in=OUR_FAULT).count()
    return Finding("S1 work", worked > 0 and not broken, f"{broken} of {worked} jobs broke")
