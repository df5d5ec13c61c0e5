"""Hostile documents, one after the other, in processes that are to stay as they were."""

from __future__ import annotations

import multiprocessing
import os
import resource
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from documents.formats.kinds import DocumentFormat
from documents.tests.sandbox.hostile import DOCUMENTS
from documents.tests.sandbox.hostile.confusions import confused
from documents.tests.sandbox.hostile.drawings import DRAWINGS
from documents.tests.sandbox.hostile.other_formats import FILES
from documents.tests.sandbox.hostile.trials import (
    ENDLESS,
    LONG,
    WAYS,
    Verdict,
    limits_for,
    verdict_on,
)
from documents.tests.watermark.fuzz import seeds
from documents.tests.watermark.fuzz.bending import bent

PROCESSES = 2
LARGEST_BYTES = 300_000
KIB = 1 << 10
# What plans allow: a text makes as many as it may.
PLANS_PAGES = 20_000


@dataclass(frozen=True, slots=True)
class Trial:
    """``kind``: of the generators', or ``bent`` or ``confused`` by the seed."""

    kind: str
    way: str
    seed: int = 0

    @property
    def format(self) -> DocumentFormat:
        """What the document says that it is."""
        return FILES[self.kind][0] if self.kind in FILES else DocumentFormat.PDF

    def __str__(self) -> str:
        return f"{self.kind}{f' {self.seed}' if self.seed else ''} ({self.way})"


@dataclass(frozen=True, slots=True)
class Tried:
    """``limit_seconds``: what it may take; ``memory_bytes``: the most of any document until then.

    ``pid`` is of the process that tried it, which has had several.
    """

    trial: Trial
    verdict: Verdict
    limit_seconds: float
    memory_bytes: int
    pid: int


def every_kind(*, short: bool) -> Iterator[Trial]:
    """Each by the ways that it is made against; those that take longest first."""
    names = list(DOCUMENTS)
    if short:
        names = [name for name in names if name not in LONG | ENDLESS][::4]
    for name in sorted(names, key=lambda name: name not in ENDLESS | LONG):
        if name in DRAWINGS:
            yield Trial(name, "pictures")
        if name not in DRAWINGS or not short:
            yield Trial(name, "standard")
        if name not in DRAWINGS and not short:
            yield from (Trial(name, way) for way in ("sealed", "stripped"))


def other_kinds() -> Iterator[Trial]:
    """Texts, pictures and Word documents: by the one way that all of them can go."""
    return (Trial(name, "standard") for name in FILES)


def by_seed(kind: str, seed: int, count: int) -> Iterator[Trial]:
    """So many, by every way in turn."""
    ways = list(WAYS)
    for each in range(seed + 1, seed + 1 + count):
        yield Trial(kind, ways[each % len(ways)], each)


def tried(trials: Iterable[Trial]) -> Iterator[Tried]:
    """All of them, as they end."""
    spawning = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=spawning) as pool:
        for future in as_completed([pool.submit(attempt, trial) for trial in trials]):
            yield future.result()


def attempt(trial: Trial) -> Tried:
    """Try one, here."""
    data = document_of(trial)
    is_pdf = trial.format is DocumentFormat.PDF
    limits = limits_for(data, trial.way) if is_pdf else limits_for(data, trial.way, PLANS_PAGES)
    verdict = verdict_on(data, trial.way, limits, trial.format)
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * KIB
    return Tried(trial, verdict, limits.page_seconds, used, os.getpid())


def document_of(trial: Trial) -> bytes:
    """Its bytes."""
    if trial.kind == "bent":
        return bent(trial.seed, corpus())
    if trial.kind in FILES:
        return FILES[trial.kind][1]()
    return confused(trial.seed) if trial.kind == "confused" else DOCUMENTS[trial.kind]()


@cache
def corpus() -> tuple[bytes, ...]:
    """The PDFs below ``$CHAOS_CORPUS`` that are not large; without it twenty of our own."""
    folder = os.environ.get("CHAOS_CORPUS")
    if not folder:
        return seeds.documents()
    files = [(path, path.stat().st_size) for path in sorted(Path(folder).rglob("*.pdf"))]
    return tuple(path.read_bytes() for path, size in files if 0 < size <= LARGEST_BYTES)
