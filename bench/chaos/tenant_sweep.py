"""T1: nobody finds another tenant's things through any door, with the database's walls or without.

The sweep itself is a part of the tests (documents/tests/isolation), generated from what is served:
every operation of the OpenAPI document, every page, every socket, the staff's admin. Here it runs
as it is, and what it covered is counted.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from xml.etree import ElementTree

from bench.chaos.finding import Finding
from bench.chaos.stage import Stage
from deploy.local.place import ROOT
from documents.tests.isolation.places import every_operation

SWEEP = "documents/tests/isolation"
STANDING, DOWN = "[walls", "[unwalled"


def run(stage: Stage, *, short: bool, seed: int) -> Iterator[Finding]:
    """Run the sweep in its own database; count what passed with walls and without."""
    report, began_at = stage.directory / "sweep.xml", time.monotonic()
    command = (sys.executable, "-m", "pytest", "-q", "-n", "2", f"--junitxml={report}", SWEEP)
    # Short: what stands without the walls is seen by the other half of the tests, too.
    chosen = ("-k", "unwalled or matrix or itself or refused") if short else ()
    own = ("DATABASE_", "REDIS_URL", "COUNTERMARK_", "DJANGO_")
    kept = {name: text for name, text in stage.environment.items() if not name.startswith(own)}
    done = subprocess.run((*command, *chosen), cwd=ROOT, env=kept, capture_output=True, text=True)
    cases = list(ElementTree.parse(report).iter("testcase"))  # noqa: S314 - our own file
    counts = Counter(_outcome(case) for case in cases)
    standing = sum(STANDING in case.get("name", "") for case in cases)
    down = sum(DOWN in case.get("name", "") for case in cases)
    operations = len(list(every_operation()))
    holds = done.returncode == 0 and counts.keys() == {"passed"} and down > operations
    figures = (
        f"{operations} operations, all in the matrix; {standing} cases with walls, {down} without:"
        f" {', '.join(f'{count} {outcome}' for outcome, count in sorted(counts.items()))}"
        f" in {time.monotonic() - began_at:.0f} s"
    )
    yield Finding("T1", holds, figures)
    if not holds:
        sys.stderr.write(done.stdout[-4000:])


def _outcome(case: ElementTree.Element) -> str:
    for kind in ("failure", "error", "skipped"):
        if case.find(kind) is not None:
            return kind
    return "passed"
