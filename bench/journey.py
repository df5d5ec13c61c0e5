"""From upload to marked copy against a running installation, as an integrator sees it.

    python bench/journey.py --url http://localhost:8000 --key cm_test_…

Measures, one after the other: a 10-page document through ``POST /watermark/`` with
``Prefer: wait=20`` on an idle system (median and 95th percentile of the wall clock); small
uploads side by side (documents per second, errors); one large upload (growth of the web
processes' resident memory, megabytes per second; Linux only). Prints a table and JSON.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import statistics
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
from reportlab.pdfgen.canvas import Canvas

MEGABYTE = 1_000_000
PATIENCE_SECONDS = 120


def text_pdf(pages: int) -> bytes:
    """Return a document with a paragraph on each of ``pages`` A4 pages."""
    out = io.BytesIO()
    canvas = Canvas(out)
    for number in range(pages):
        for line in range(40):
            canvas.drawString(
                72, 770 - 16 * line, f"Page {number + 1}, line {line + 1}: " + "word " * 12
            )
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def large_pdf(size_bytes: int) -> Iterator[bytes]:
    """Yield a one-page document of about ``size_bytes``, most of it an attachment-like stream."""
    whole = text_pdf(1)
    yield whole
    block = b"%" + os.urandom(MEGABYTE - 2).replace(b"\n", b" ") + b"\n"
    for _ in range(size_bytes // MEGABYTE):
        yield block


class Client:
    """One integrator."""

    def __init__(self, url: str, key: str) -> None:
        self.http = httpx2.Client(
            base_url=f"{url}/api/v1",
            headers={"Authorization": f"Bearer {key}"},
            timeout=PATIENCE_SECONDS,
        )

    def mark(self, content: bytes) -> float:
        """Upload, mark and wait; return the seconds that took."""
        started = time.perf_counter()
        answer = self.http.post(
            "/watermark/",
            files={"file": ("bench.pdf", content, "application/pdf")},
            data={"watermark_text": "BENCH"},
            headers={"Prefer": "wait=20"},
        )
        seconds = time.perf_counter() - started
        if answer.status_code != 200 or answer.json()["state"] != "succeeded":
            raise SystemExit(f"not marked: {answer.status_code} {answer.text[:300]}")
        return seconds

    def upload(self, content: bytes | Path) -> int:
        """Upload only; return the status."""
        source: Any = content.open("rb") if isinstance(content, Path) else content
        return self.http.post(
            "/documents/", files={"file": ("bench.pdf", source, "application/pdf")}
        ).status_code


def web_resident_bytes() -> int | None:
    """Return the resident memory of all web processes on this machine; None where unknown."""
    pages, proc = 0, Path("/proc")
    if not proc.is_dir():
        return None
    for process in proc.glob("[0-9]*"):
        try:
            if b"config.asgi:application" in (process / "cmdline").read_bytes():
                pages += int((process / "statm").read_text().split()[1])
        except OSError:
            continue
    return pages * os.sysconf("SC_PAGESIZE")


def measure_latency(client: Client, rounds: int) -> dict[str, float]:
    content = text_pdf(10)
    client.mark(content)
    seconds = sorted(client.mark(content) for _ in range(rounds))
    return {
        "p50_ms": round(statistics.median(seconds) * 1000, 1),
        "p95_ms": round(seconds[max(0, int(len(seconds) * 0.95) - 1)] * 1000, 1),
    }


def measure_uploads(client: Client, count: int, at_once: int) -> dict[str, float]:
    content = text_pdf(1)
    started = time.perf_counter()
    with ThreadPoolExecutor(at_once) as pool:
        statuses = list(pool.map(client.upload, [content] * count))
    seconds = time.perf_counter() - started
    return {
        "uploads_per_second": round(count / seconds, 1),
        "errors": sum(status != 201 for status in statuses),
    }


def measure_large(client: Client, size_bytes: int, directory: Path) -> dict[str, float | None]:
    file = directory / "countermark-bench.pdf"
    with file.open("wb") as out:
        out.writelines(large_pdf(size_bytes))
    size, before = file.stat().st_size, web_resident_bytes()
    started = time.perf_counter()
    status = client.upload(file)
    seconds = time.perf_counter() - started
    file.unlink()
    after = web_resident_bytes()
    grown = None if before is None or after is None else (after - before) / MEGABYTE
    return {
        "status": status,
        "megabytes_per_second": round(size / MEGABYTE / seconds, 1),
        "memory_growth_mb": None if grown is None else round(grown, 1),
    }


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--url", default="http://localhost:8000")
    arguments.add_argument("--key", default=os.environ.get("KEY"), help="or $KEY")
    arguments.add_argument("--rounds", type=int, default=30)
    arguments.add_argument("--uploads", type=int, default=200)
    arguments.add_argument("--at-once", type=int, default=16)
    arguments.add_argument("--large-megabytes", type=int, default=150)
    arguments.add_argument("--directory", type=Path, default=Path("/tmp"))  # noqa: S108 - one file, removed
    chosen = arguments.parse_args()
    if not chosen.key:
        arguments.error("an API key is needed: --key or $KEY")
    client = Client(chosen.url, chosen.key)
    results: dict[str, Any] = {
        "10 pages, upload to marked": measure_latency(client, chosen.rounds),
        f"{chosen.at_once} uploads at once": measure_uploads(
            client, chosen.uploads, chosen.at_once
        ),
        f"{chosen.large_megabytes} MB upload": measure_large(
            client, chosen.large_megabytes * MEGABYTE, chosen.directory
        ),
    }
    for name, figures in results.items():
        sys.stdout.write(f"{name:30} {', '.join(f'{k} {v}' for k, v in figures.items())}\n")
    sys.stdout.write(json.dumps(results) + "\n")


if __name__ == "__main__":
    main()
