"""J5: who comes second does not wait for the thousand jobs of who came first."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress

from accounts.tests.factories import make_principal
from bench.chaos.customer import make_customer, small_pdf
from bench.chaos.finding import Finding
from bench.chaos.part import wait_until
from bench.chaos.stage import Stage
from documents.models import Document, Job
from documents.services.jobs import JobEnded, cancel_job, submit_job
from documents.watermark.spec import WatermarkSpec

PROMISED_SECONDS = 10.0
# A tenth of a second of work each: a thousand of them take minutes.
PAGES = 400


def run(stage: Stage, *, short: bool, seed: int) -> Iterator[Finding]:
    """Let A queue a thousand jobs, then B one through the API; measure until B's begins."""
    many = 100 if short else 1000
    first, second = (make_customer(stage.url, name) for name in ("A", "B"))
    stage.start_web()
    stage.start_workers(1)
    uploaded = first.upload(small_pdf(PAGES)).raise_for_status().json()
    actor = make_principal(tenant=first.tenant)
    document = Document.objects.get(pk=uploaded["id"])
    for _ in range(many):
        submit_job(principal=actor, document=document, spec=WatermarkSpec(watermark_text="A"))
    stage.start_relays(2)
    wait_until(lambda: Job.objects.filter(state="succeeded").count() >= 8)

    asked_at = time.monotonic()
    job_id = second.mark(small_pdf()).raise_for_status().json()["id"]
    wait_until(lambda: second.job(job_id)["state"] != "queued")
    waited = time.monotonic() - asked_at
    ahead = Job.objects.filter(tenant=first.tenant, state="queued").count()
    wait_until(lambda: second.job(job_id)["state"] == "succeeded")
    figures = f"B began {waited:.2f} s after it asked, {ahead} of A's {many} jobs still waiting"
    yield Finding("J5", waited <= PROMISED_SECONDS and ahead >= many // 2, figures)

    for job in Job.objects.filter(state="queued"):
        with suppress(JobEnded):
            cancel_job(principal=actor, job=job)
    wait_until(lambda: not Job.objects.filter(state__in=("queued", "running")).exists())
