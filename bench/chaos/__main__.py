"""Run scenarios and print a line per promise; exit 1 when one does not hold."""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

from bench.chaos.finding import Finding
from bench.chaos.stage import Stage

HERE = Path(__file__).parent
MACHINERY = {"__init__", "__main__", "customer", "finding", "part", "stage"}
# Begun first, so that nobody waits for one of them in the end.
LONGEST = {"pdf_hostile", "browser_xss", "tenant_sweep", "kill_workers", "api_fuzz"}


def scenarios() -> list[str]:
    """Return the names of all scenarios: the modules here that have a ``run`` of their own."""
    return sorted(
        path.stem
        for path in HERE.glob("*.py")
        if path.stem not in MACHINERY and "\ndef run(" in path.read_text(encoding="utf-8")
    )


def play(name: str, *, short: bool, seed: int) -> bool:
    """Run one scenario in this process; return whether all it looked at holds."""
    began_at, good = time.monotonic(), True
    with Stage() as stage:
        try:
            for finding in import_module(f"bench.chaos.{name}").run(stage, short=short, seed=seed):
                good &= told(finding)
            good &= told(stage.invariants())
        except Exception:  # noqa: BLE001 - a scenario that breaks is a finding, with its reason
            traceback.print_exc()
            good = told(Finding(name, False, "the scenario itself failed, see above"))
            for part in stage.parts:
                sys.stderr.write(f"--- {part}\n{stage.log_of(part)[-2000:]}\n")
    sys.stdout.write(f"# {name}: {time.monotonic() - began_at:.0f} s, seed {seed}\n")
    return good


def told(finding: Finding) -> bool:
    """Print a finding at once; return whether it is a good one."""
    sys.stdout.write(f"{finding}\n")
    sys.stdout.flush()
    return finding.holds


def main() -> int:
    """Read the command line; several scenarios get a process each."""
    parser = argparse.ArgumentParser(prog="python -m bench.chaos", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="SCENARIO", help=", ".join(scenarios()))
    parser.add_argument("--short", action="store_true", help="smaller figures, for every day")
    parser.add_argument("--at-once", type=int, default=1, help="so many scenarios side by side")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    chosen = parser.parse_args()
    if unknown := set(chosen.names) - set(scenarios()):
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    if len(chosen.names) == 1:
        return 0 if play(chosen.names[0], short=chosen.short, seed=chosen.seed) else 1
    options = [*(["--short"] if chosen.short else []), "--seed", str(chosen.seed)]
    names = sorted(chosen.names or scenarios(), key=lambda name: name not in LONGEST)
    began_at = time.monotonic()
    with ThreadPoolExecutor(chosen.at_once) as threads:
        broken = sum(threads.map(lambda name: apart(name, options), names))
    sys.stdout.write(
        f"{len(names)} scenarios in {time.monotonic() - began_at:.0f} s, "
        f"{broken} with a promise that does not hold\n"
    )
    return 1 if broken else 0


def apart(name: str, options: list[str]) -> bool:
    """Run one scenario in a process of its own; print what it said; return whether it is bad."""
    command = [sys.executable, "-m", "bench.chaos", name, *options]
    done = subprocess.run(command, capture_output=True, text=True)
    sys.stdout.write(done.stdout)
    if done.returncode:
        sys.stderr.write(done.stderr)
    sys.stdout.flush()
    return done.returncode != 0


if __name__ == "__main__":
    sys.exit(main())
