"""The engine against copying the file and against what else marks PDFs, side by side.

    python bench/engine.py                          the four inputs, all engines found, 7 rounds
    python bench/engine.py --quick                  3 rounds
    python bench/engine.py --inputs scans --json FILE
    python bench/engine.py --inputs '100,000 pages' --all

Engines take turns, round by round, so that what else the machine does meets all of them; medians
are told. Whole process: a command from nothing to its end, with peak memory as the kernel counts
it (never less than this program's own). Warm: in a process that has loaded all and marked before.
Ratios count more than seconds. Engines that take minutes (``--all``) run once.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import engine_inputs
import engine_peers

ROOT = Path(__file__).resolve().parents[1]
INPUTS = tuple(name for name in engine_inputs.INPUTS if name != "stamp")
OPTIONAL = {"100,000 pages"}
MANY_PAGES = {"5,000 pages", "100,000 pages"}
MEGABYTE = 1_000_000
MEMORY_UNIT_BYTES = 1 if sys.platform == "darwin" else 1024
Figures = dict[str, float]
Results = dict[str, dict[str, dict[str, Figures]]]

WALL, MEMORY = "wall_seconds", "peak_bytes"
GOALS = (
    ("10 pages", "whole", "ours", "qpdf --overlay", 2.0),
    ("1,200 pages", "whole", "ours", "pikepdf form", 0.27),
    ("1,200 pages", "whole", "ours", "qpdf --overlay", 0.16),
    ("scans", "whole", "ours", "pikepdf form", 0.40),
    ("scans", "warm", "ours", "copyfile", 1.15),
    ("scans", "warm", "our tail", "copyfile", 0.10),
    ("5,000 pages", "whole", "ours", "pikepdf form", 0.08),
    *((name, "warm", "ours sealed", "ours", 1.3) for name in INPUTS),
)
MEMORY_GOAL_BYTES = 40 * MEGABYTE


def environment() -> dict[str, str]:
    """What children get: bytecode may be cached, as it is for a user."""
    told = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    return told | {"PYTHONPATH": str(ROOT)}


class EngineFailed(Exception):
    """An engine wrote no output; the message has its last words."""


def run_once(command: list[str], target: Path) -> Figures:
    """One whole process, from its start to its end."""
    target.unlink(missing_ok=True)
    started = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr
    words = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 3) or not target.exists():  # 3: qpdf's word for a warning
        raise EngineFailed(words.decode(errors="replace").strip().splitlines()[-1:])
    return {
        WALL: wall,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        MEMORY: usage.ru_maxrss * MEMORY_UNIT_BYTES,
        "output_bytes": target.stat().st_size,
    }


class WarmEngine:
    """A process that has an engine loaded."""

    def __init__(self, name: str, source: Path, target: Path, stamp: Path) -> None:
        files = (str(source), str(target), str(stamp))
        self.process = subprocess.Popen(
            [sys.executable, engine_peers.__file__, "--warm", name, *files],
            cwd=ROOT,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def run_once(self) -> Figures:
        """One run among others."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise EngineFailed("ended before its time")
        return json.loads(line)

    def close(self) -> None:
        """Let it end."""
        self.process.communicate()


@contextmanager
def warm_engines(names: list[str], files: tuple[Path, Path, Path]) -> Iterator[dict]:
    """The engines, each having run once."""
    engines = {name: WarmEngine(name, *files) for name in names}
    try:
        for engine in engines.values():
            engine.run_once()
        yield engines
    finally:
        for engine in engines.values():
            engine.close()


def medians(runs: list[Figures]) -> Figures:
    """The middle of each figure over the rounds, and the fastest round."""
    told = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
    return told | {"fastest_seconds": min(run[WALL] for run in runs), "runs": len(runs)}


def measure(name: str, folder: Path, options: argparse.Namespace) -> dict[str, dict[str, Figures]]:
    """All engines on one input."""
    source, target, stamp = (
        engine_inputs.path_of(folder, name),
        folder / "out.pdf",
        folder / "stamp.pdf",
    )
    size_bytes = source.stat().st_size
    slow = engine_peers.SLOW if name in MANY_PAGES else frozenset()

    def wanted(found: list[str]) -> list[str]:
        chosen = [each for each in found if not options.engines or each in options.engines]
        return [each for each in chosen if each not in slow or options.all]

    whole: dict[str, list[Figures]] = {each: [] for each in wanted(engine_peers.found())}
    for number in range(options.runs):
        for engine, runs in list(whole.items()):
            if number and engine in slow:
                continue
            command = engine_peers.command(engine, source, target, stamp)
            try:
                runs.append(run_once(command, target))
            except EngineFailed as failure:
                print(f"\n{name}: {engine} failed: {failure}")
                slow |= {engine}
                del whole[engine]
    warm: dict[str, list[Figures]] = {
        each: [] for each in wanted(engine_peers.found_warm()) if each not in slow
    }
    with warm_engines(list(warm), (source, target, stamp)) as engines:
        for _ in range(options.runs):
            for engine, runs in warm.items():
                runs.append(engines[engine].run_once())
    target.unlink(missing_ok=True)
    results = {"whole": whole, "warm": warm}
    return {
        way: {
            engine: medians(runs) | {"input_bytes": size_bytes} for engine, runs in by_name.items()
        }
        for way, by_name in results.items()
    }


def print_table(name: str, result: dict[str, dict[str, Figures]]) -> None:
    """One input's figures; ratios are of wall clock, ours to the other's."""
    for way, by_name in result.items():
        title = f"{name}, {'whole process' if way == 'whole' else 'warm'}"
        print(f"\n{title:34}{'wall ms':>10}{'CPU ms':>10}{'peak MB':>9}{'+kB':>10}{'ours/it':>9}")
        own = by_name.get("ours")
        for engine, told in by_name.items():
            grown = (told["output_bytes"] - told["input_bytes"]) / 1000
            print(
                f"  {engine:32}{told[WALL] * 1000:10.1f}{told['cpu_seconds'] * 1000:10.1f}"
                + (f"{told[MEMORY] / MEGABYTE:9.1f}" if MEMORY in told else " " * 9)
                + (f"{grown:10,.0f}" if told["output_bytes"] else " " * 10)
                + (f"{own[WALL] / told[WALL]:9.3f}" if own else "")
            )


def judged(results: Results) -> list[tuple[str, float, float]]:
    """What was asked for, what came out, and the most that it may be."""
    told = []
    for name, way, ours, other, most in GOALS:
        figures = results.get(name, {}).get(way, {})
        if ours in figures and other in figures:
            ratio = figures[ours][WALL] / figures[other][WALL]
            told.append((f"{name}, {way}: {ours} / {other}", ratio, most))
    for name in ("5,000 pages", "scans"):
        if own := results.get(name, {}).get("whole", {}).get("ours"):
            megabytes = own[MEMORY] / MEGABYTE
            told.append((f"{name}: peak MB of ours", megabytes, MEMORY_GOAL_BYTES / MEGABYTE))
    return told


def prepared(folder: Path | None, names: list[str]) -> Path:
    """The folder with the inputs; named after what makes them, so that no old ones are taken."""
    maker = Path(engine_inputs.__file__)
    version = f"{zlib.crc32(maker.read_bytes()):08x}"
    folder = (folder or Path(tempfile.gettempdir())) / f"countermark-bench-{version}"
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, str(maker), str(folder), "stamp", *names], check=True)
    return folder


def parsed(arguments: list[str] | None) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    default = [name for name in INPUTS if name not in OPTIONAL]
    parser.add_argument("--inputs", nargs="+", choices=INPUTS, default=default)
    parser.add_argument("--engines", nargs="+", metavar="NAME", help="only these")
    parser.add_argument("--runs", type=int, default=7, help="rounds (default 7)")
    parser.add_argument("--quick", action="store_const", const=3, dest="runs", help="3 rounds")
    parser.add_argument("--all", action="store_true", help="also engines that take minutes")
    parser.add_argument("--folder", type=Path, help="where inputs and outputs lie (temporary)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    options = parsed(arguments)
    sys.path.insert(0, str(ROOT))
    folder = prepared(options.folder, options.inputs)
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    results: Results = {}
    for name in options.inputs:
        results[name] = measure(name, folder, options)
        print_table(name, results[name])
    goals = judged(results)
    print(f"\n{'goal':52}{'measured':>10}{'at most':>9}")
    for goal, measured, most in goals:
        print(f"{goal:52}{measured:10.3f}{most:9.2f}{'' if measured <= most else '  missed'}")
    if options.json:
        shown = [{"goal": goal, "measured": value, "at_most": most} for goal, value, most in goals]
        options.json.write_text(json.dumps({"results": results, "goals": shown}, indent=1))


if __name__ == "__main__":
    main()
