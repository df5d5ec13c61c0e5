"""A batch of stored documents on private servers: how fast it is begun, how fast it is done.

    python bench/batches.py --items 1000 --workers 2

Begins a batch of documents of one page (seconds, statements), then lets workers do it (documents
per second from the request to the last end; statements are those of the request alone). Prints
lines and JSON; ``--profile`` tells where the beginning spends its time.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.chaos.stage import Stage

PROFILE_LINES = 25
PATIENCE_SECONDS = 900


def measure(items: int, workers: int, profile: cProfile.Profile | None) -> dict[str, float]:
    """Do one batch on a new installation; return the figures."""
    with Stage() as stage:
        # The application is there once the stage has set it up.
        from accounts.tests.factories import make_principal, make_tenant
        from documents.tests.factories import make_document, make_spec

        tenant = make_tenant()
        ids = [make_document(tenant).pk for _ in range(items)]
        principal, spec = make_principal(tenant=tenant), make_spec()
        stage.start_workers(workers)
        stage.start_relays(1)
        begin = _beginning(principal, ids, spec)
        asked_at = time.perf_counter()
        with profile or nullcontext():
            batch, statements = counted(begin)
        begun = time.perf_counter() - asked_at
        _wait_for_end(batch)
        whole = time.perf_counter() - asked_at
    return {
        "items": items,
        "begin_seconds": round(begun, 2),
        "begin_statements": statements,
        "seconds": round(whole, 1),
        "documents_per_second": round(items / whole, 1),
    }


def _beginning(principal: Any, ids: list[Any], spec: Any) -> Callable[[], Any]:
    from documents.services.batch_items import process_documents

    return lambda: process_documents(principal=principal, document_ids=ids, spec=spec)


def counted(work: Callable[[], Any]) -> tuple[Any, int]:
    """Return what ``work`` returns, and how many statements it took."""
    from django.db import connection

    statements = 0

    def count(execute: Any, *given: Any) -> Any:
        nonlocal statements
        statements += 1
        return execute(*given)

    with connection.execute_wrapper(count):
        return work(), statements


def _wait_for_end(batch: Any) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not batch.is_ended:
        if time.monotonic() > deadline:
            raise SystemExit(f"not ended: {batch.ended} of {batch.total}")
        time.sleep(0.05)
        batch.refresh_from_db()
    if batch.succeeded != batch.total:
        raise SystemExit(f"only {batch.succeeded} of {batch.total} have succeeded")


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--items", type=int, default=1000)
    arguments.add_argument("--workers", type=int, default=2)
    arguments.add_argument("--profile", action="store_true")
    chosen = arguments.parse_args()
    profile = cProfile.Profile() if chosen.profile else None
    figures = measure(chosen.items, chosen.workers, profile)
    if profile:
        pstats.Stats(profile).sort_stats("cumulative").print_stats(PROFILE_LINES)
    for name, value in figures.items():
        sys.stdout.write(f"{name:22} {value}\n")
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
