"""A long run by hand, over the seeds or over a folder of real documents."""

from __future__ import annotations

import argparse
import time
from collections import Counter
from pathlib import Path

from documents.tests.watermark.fuzz import seeds
from documents.tests.watermark.fuzz.bending import bent
from documents.tests.watermark.fuzz.trying import Trial

LARGEST_BYTES = 300_000
SECONDS_BETWEEN_LINES = 10


def main() -> None:
    """Bend and mark; keep what does harm."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, help="a folder with PDFs, searched through")
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0, metavar="SEED", help="where to begin")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-found"), metavar="DIR")
    options = parser.parse_args()
    documents = seeds.documents()
    if options.corpus:
        files = sorted(options.corpus.rglob("*.pdf"))
        sizes = [(path, path.stat().st_size) for path in files]
        documents = tuple(path.read_bytes() for path, size in sizes if 0 < size <= LARGEST_BYTES)
    print(f"{len(documents)} documents, {options.cases} cases")
    trial, verdicts, told_at = Trial(), Counter[str](), time.monotonic()
    for seed in range(options.first, options.first + options.cases):
        data = bent(seed, documents)
        verdict = trial.verdict(data, seed)
        verdicts[verdict] += 1
        if verdict.startswith("!"):
            options.keep.mkdir(parents=True, exist_ok=True)
            (options.keep / f"{seed}.pdf").write_bytes(data)
            print(f"seed {seed}, options {seed % 3}: {verdict}", flush=True)
        if time.monotonic() > told_at + SECONDS_BETWEEN_LINES:
            told_at = time.monotonic()
            print(f"{seed - options.first + 1} done", flush=True)
    trial.close()
    for verdict, count in verdicts.most_common():
        print(f"{count:8} {verdict}")


if __name__ == "__main__":
    main()
