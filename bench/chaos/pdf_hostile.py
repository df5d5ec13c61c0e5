"""P1 and P2: what documents made to do harm do to whoever opens them, and to who gets a copy.

Bent documents are those below ``$CHAOS_CORPUS``, a folder of PDFs, or else twenty of our own.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator

import pikepdf

from bench.chaos.customer import Customer, make_customer, small_pdf
from bench.chaos.family import pool_of
from bench.chaos.finding import Finding
from bench.chaos.hostile_trials import (
    Trial,
    Tried,
    by_seed,
    corpus,
    document_of,
    every_kind,
    other_kinds,
    tried,
)
from bench.chaos.part import wait_until
from bench.chaos.stage import Stage
from bench.chaos.stripping import active_names, stripped
from documents.api.failure_codes import failure_codes
from documents.models import Job
from documents.sandbox.errors import EngineCrashed
from documents.sandbox.limits import GIB
from documents.sandbox.self_test import examine
from documents.tests.sandbox.hostile.trials import ENDLESS, MARKED, WAYS
from documents.tests.watermark.test_stripped_copies import FILES

# For the end of a child that has had its time.
SLACK_SECONDS = 1.0
GOOD_AMONG = 10
PATIENCE_SECONDS = 400.0


def run(stage: Stage, *, short: bool, seed: int) -> Iterator[Finding]:
    """Every kind and a thousand bent ones in the sandbox; each kind as a job; copies looked at."""
    bent, confused = (40, 20) if short else (1000, 300)
    yield in_the_sandbox(list(every_kind(short=short)), "kinds of our own")
    yield in_the_sandbox(list(other_kinds()), "texts, pictures and Word documents")
    made = [*by_seed("bent", seed, bent), *by_seed("confused", seed, confused)]
    yield in_the_sandbox(made, f"bent of {len(corpus())} documents, or with odd values")
    yield as_jobs(stage, short=short)
    yield without_active_content(short=short)


def in_the_sandbox(trials: list[Trial], what: str) -> Finding:
    """Mark them all, each by the real sandbox, in two processes that do nothing else."""
    done = list(tried(trials))
    codes = Counter(each.verdict.code for each in done)
    bad = [f"{each.trial}: {fault}" for each in done for fault in faults_of(each)]
    pids = {each.pid for each in done}
    crashed = sorted(str(each.trial) for each in done if each.verdict.code == EngineCrashed.code)
    longest = max(done, key=lambda each: each.verdict.seconds)
    largest = max(each.memory_bytes for each in done)
    figures = (
        f"{len(done)} runs ({what}), level {examine().level}: {told(codes)}; longest"
        f" {longest.verdict.seconds:.1f} s, {longest.trial}; most memory {largest >> 20} MiB;"
        f" {len(pids)} processes ran them all{f'; crashed: {crashed[:5]}' if crashed else ''}"
    )
    return Finding("P1", not bad and len(pids) <= 2, figures + listed(bad))


def faults_of(each: Tried) -> Iterator[str]:
    """What it did that no document may do."""
    if each.verdict.code not in {MARKED, *failure_codes()}:
        yield f"no known code, {each.verdict.code}"
    if each.verdict.seconds > each.limit_seconds + SLACK_SECONDS:
        yield f"{each.verdict.seconds:.1f} s"
    if each.memory_bytes > GIB:
        yield f"{each.memory_bytes} bytes of memory"
    yield from each.verdict.harm


def as_jobs(stage: Stage, *, short: bool) -> Finding:
    """Upload each kind, and good documents among them; look at the worker and at every job."""
    stage.start_web()
    (worker,) = stage.start_workers(1)
    stage.start_relays(1)
    wait_until(lambda: len(pool_of(worker.pid)) == 2)
    before = worker.pid, {child.pid for child in pool_of(worker.pid)}
    customer = make_customer(stage.url)
    trials = [each for each in every_kind(short=short) if each.kind not in ENDLESS]
    trials += other_kinds()
    refused, good = uploaded(customer, trials)
    ended = Job.objects.exclude(state__in=("queued", "running"))
    everything = Job.objects.count()
    wait_until(lambda: ended.count() == everything, seconds=PATIENCE_SECONDS)

    jobs = list(Job.objects.all())
    ends = Counter(job.error_code or job.state for job in jobs)
    bad = [str(end) for end in ends if end not in {"succeeded", *failure_codes()}]
    bad += [f"good one: {job.error_code}" for job in jobs if job.id in good and job.error_code]
    after = worker.pid, {child.pid for child in pool_of(worker.pid)}
    if after != before or worker.deaths:
        bad.append(f"the worker is not what it was: {before}, {after}")
    longest = max((job.finished_at - job.started_at).total_seconds() for job in jobs)
    figures = (
        f"{len(jobs)} jobs: {told(ends)}; {len(good)} good ones among them succeeded; longest"
        f" {longest:.1f} s; refused on upload: {told(refused)}; worker and its pool unharmed"
    )
    return Finding("P1", not bad, figures + listed(bad))


def uploaded(customer: Customer, trials: list[Trial]) -> tuple[Counter[str], set[object]]:
    """Upload them all; return how many were refused by code, and the ids of good ones' jobs."""
    refused, good = Counter[str](), set[object]()
    for index, trial in enumerate(trials):
        if index % max(len(trials) // GOOD_AMONG, 1) == 0:
            answer = customer.mark(small_pdf()).raise_for_status()
            good.add(Job.objects.get(pk=answer.json()["id"]).id)
        answer = customer.mark(document_of(trial), **WAYS[trial.way])
        if answer.is_server_error:
            answer.raise_for_status()
        if answer.is_client_error:
            refused[str(answer.json()["type"])] += 1
    return refused, good


def without_active_content(*, short: bool) -> Finding:
    """Strip what has active content, by every strength, and walk all objects of the copies."""
    sources = [*FILES.values(), *(each for each in corpus() if may_be_active(each))]
    found, left, copies = Counter[str](), Counter[str](), 0
    strengths = ("standard", "sealed") if short else ("standard", "sealed", "raster")
    for data, strength in itertools.product(sources, strengths):
        copy = stripped(data, strength)
        if copy is None:
            continue
        copies += 1
        found.update(names_in(data))
        left.update(active_names(copy))
    figures = (
        f"{copies} copies: {sum(found.values())} kinds of active content before ({told(found)})"
    )
    return Finding("P2", copies > 0 and not left, f"{figures}, left: {told(left) or 0}")


def may_be_active(data: bytes) -> bool:
    """Whether it opens for us and has any."""
    return bool(names_in(data))


def names_in(data: bytes) -> set[str]:
    """What is active in a document, as far as it opens for us."""
    try:
        return active_names(data)
    except (pikepdf.PdfError, pikepdf.PasswordError):
        return set()


def told(counts: Counter[str]) -> str:
    """Counts in words, the most first."""
    return ", ".join(f"{count} {name}" for name, count in counts.most_common())


def listed(bad: list[str]) -> str:
    """The first of what does not hold."""
    return f"; BUT {'; '.join(bad[:5])}" if bad else ""
