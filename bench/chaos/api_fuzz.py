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
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accounts.models import APIKey, Tenant
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

Report = tuple[dict[str, Any], str]
# Chains apart, and at the same time: whatever is found elsewhere, they are gone through.
PHASES = {"requests": ("examples", "coverage", "fuzzing"), "chains": ("stateful",)}
# Made-up requests for each operation (edges and examples are as many as the document has); chains.
EXAMPLES, EXAMPLES_SHORT = {"requests": 40, "chains": 150}, {"requests": 3, "chains": 10}
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
include-operation-id = [
    "downloadDocument", "downloadResult", "downloadBatchArchive", "downloadAsset",
]
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
    """Let Schemathesis ask whatever it can think of, and in chains, each as one of two tenants."""
    # Whichever plan the requests change to, there is nothing that they may not go on asking for.
    names = ("requests_per_minute", "uploads_per_minute", "monthly_documents", "monthly_bytes")
    Plan.objects.update(included_pages=None, page_price=None, **dict.fromkeys(names))
    stage.start_web()
    stage.start_workers(1, concurrency=1)
    stage.start_relays(1)
    runs = [
        prepare(stage, "requests", more=LEFT_OUT_SHORT if short else ""),
        prepare(stage, "chains"),
    ]
    at_most = EXAMPLES_SHORT if short else EXAMPLES
    with ThreadPoolExecutor(len(runs)) as threads:
        asked = threads.map(lambda one: one.ask(at_most[one.name], seed=seed), runs)
        reports = dict(zip(PHASES, asked, strict=True))
    yield judge(reports, statuses(stage))
    yield judge_work([one.tenant for one in runs])


@dataclass(frozen=True)
class Run:
    """Schemathesis with some of its phases, on things of its own."""

    name: str
    tenant: Tenant
    directory: Path
    environment: Mapping[str, str]

    def ask(self, examples: int, *, seed: int) -> Report:
        """Ask; return the report and what was printed."""
        report = self.directory / "report.json"
        argv = [
            str(Path(sys.executable).parent / "schemathesis"),
            *("--config-file", str(self.directory / "fuzz.toml")),
            *("run", str(ROOT / "docs" / "openapi.json"), "--phases", ",".join(PHASES[self.name])),
            *("--checks", "all", "--max-examples", str(examples), "--seed", str(seed)),
            *("--report-json-path", str(report), "--no-color"),
            *(f"--include-operation-id={name}" for name in os.environ.get("FUZZ_ONLY", "").split()),
        ]
        done = subprocess.run(argv, cwd=ROOT, env=self.environment, capture_output=True, text=True)
        if not report.exists():
            raise RuntimeError(f"Schemathesis did not begin: {done.stdout}{done.stderr}")
        return json.loads(report.read_text(encoding="utf-8")), done.stdout


def prepare(stage: Stage, name: str, *, more: str = "") -> Run:
    """Make two tenants, and of the first what chance would not find."""
    customers = {who: make_customer(stage.url, f"{who} {name}") for who in ("one", "other")}
    tenant = customers["one"].tenant
    user = make_member("owner", tenant=tenant, password=PASSWORD)
    made = make_people(tenant, user) | make_things(customers["one"])
    made["api key"] = [str(APIKey.objects.get(tenant=tenant).pk)]
    for who, key in (("one", "authorization"), ("other", "authorization of the other")):
        made[key] = [customers[who].http.headers["Authorization"]]
    directory = stage.directory / name
    directory.mkdir()
    write_settings(directory, stage.url, customers, more=more)
    given = {"FUZZ_LOGIN": f"{user.email} {PASSWORD}", "FUZZ_MADE": json.dumps(made)}
    return Run(name, tenant, directory, {**stage.environment, **given})


def write_settings(
    directory: Path, url: str, customers: Mapping[str, Customer], *, more: str
) -> None:
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
    path = directory / "people.json"
    path.write_text(json.dumps({"auth": people}), encoding="utf-8")
    settings = SETTINGS.format(url=url, people=path)
    (directory / "fuzz.toml").write_text(settings + more, encoding="utf-8")


def statuses(stage: Stage) -> list[int]:
    """Return the status of every answer, as the web itself has logged it."""
    lines = (json.loads(line) for line in stage.log_of("web").splitlines() if line[:1] == "{")
    return [line["status"] for line in lines if line["event"] == "request"]


def judge(reports: Mapping[str, Report], answers: list[int]) -> Finding:
    """Look at what was found, and at whether enough was looked at."""
    every = [report for report, _ in reports.values()]
    errors = sum(status >= 500 for status in answers)
    deviations = sum(each["test_cases"]["unique_failures"] for each in every)
    rates = [pair for each in every for pair in each["valid_rates"].items()]
    accepted = {name for name, phases in rates if any(one["accepted"] for one in phases.values())}
    operations = every[0]["operations"]
    chosen, tested = operations["selected"], operations["tested"]
    phases = [
        phase
        for name, (report, _) in reports.items()
        for phase in PHASES[name]
        if report["phases"][phase]["status"] == "success"
    ]
    holds = not (errors or deviations) and not any(each["errors"] for each in every)
    holds &= not any(each["exit_code"] for each in every)
    holds &= tested == chosen == len(accepted) and len(phases) == sum(map(len, PHASES.values()))
    figures = (
        f"{errors} server errors and {deviations} deviations in {len(answers)} answers"
        f" ({sum(each['test_cases']['generated'] for each in every)} cases,"
        f" {', '.join(phases) or 'no phase'});"
        f" {tested} of {chosen} operations asked, {len(accepted)} also with success"
    )
    if never := sorted({name for name, _ in rates} - accepted):
        figures += f", never {', '.join(never)}"
    said = "\n".join(output for _, output in reports.values())
    return Finding("S1", holds, figures if holds else f"{figures}\n{said}")


def judge_work(tenants: list[Tenant]) -> Finding:
    """Cancel what still waits, and look whether any of the work failed by our fault."""
    for tenant in tenants:
        actor = make_principal(tenant=tenant)
        for job in Job.objects.filter(state="queued", tenant=tenant):
            with suppress(JobEnded):
                cancel_job(principal=actor, job=job)
    wait_until(lambda: not Job.objects.filter(state__in=Job.LIVE_STATES).exists())
    worked = Job.objects.exclude(started_at=None).count()
    broken = Job.objects.filter(state="failed", error_code__in=OUR_FAULT).count()
    return Finding("S1 work", worked > 0 and not broken, f"{broken} of {worked} jobs broke")
