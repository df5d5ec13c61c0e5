"""Q1: of a thousand uploads at once with room for a hundred, exactly a hundred are accepted."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from bench.chaos.customer import make_customer, small_pdf
from bench.chaos.finding import Finding
from bench.chaos.part import wait_until
from bench.chaos.stage import Stage
from billing.models import Quota, UsageRecord
from documents.models import Document, Job

AT_ONCE = 32
TRIES = 100


def run(stage: Stage, *, short: bool, seed: int) -> Iterator[Finding]:
    """Race two web processes for a month's last documents, mark them all, count the ledger."""
    many, left = (200, 20) if short else (1000, 100)
    customer = make_customer(stage.url, monthly_documents=left, max_concurrent_uploads=AT_ONCE)
    stage.start_web(COUNTERMARK_WEB_WORKERS="2")
    content = small_pdf()

    def ask(_: int) -> int:
        for _ in range(TRIES):
            status = customer.mark(content).status_code
            if status != 429:
                break
            time.sleep(0.1)
        return status

    began_at = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        statuses = Counter(threads.map(ask, range(many)))
    seconds = time.monotonic() - began_at
    kept = Job.objects.count(), Document.objects.count()
    holds = statuses == {202: left, 402: many - left} and kept == (left, left)
    figures = ", ".join(f"{count} × {status}" for status, count in sorted(statuses.items()))
    yield Finding("Q1", holds, f"{many} uploads in {seconds:.1f} s, {left} left: {figures}")

    stage.start_workers(2)
    stage.start_relays(1)
    wait_until(lambda: Job.objects.filter(state="succeeded").count() == left)
    month = Quota.objects.get(tenant=customer.tenant)
    ledger = UsageRecord.objects.filter(metric="documents", quota=month).count()
    used, reserved = month.documents_used, month.documents_reserved
    holds = (used, reserved, ledger) == (left, 0, left)
    yield Finding("Q1 ledger", holds, f"used {used}, reserved {reserved}, ledger {ledger}")
