"""The API against the simple stack: processor time per request, turn by turn on one machine.

    python bench/api.py [--rounds 3] [--requests 1500]

Starts PostgreSQL, Valkey, our web (two processes) and beside it the peer (``bench/peer``: FastAPI
+ SQLAlchemy async + Celery, two processes), each with 10,000 documents and jobs. 32 connections ask
one, then the other. A figure is the processor time that the web, PostgreSQL and Valkey spend on a
request; ratios are the peer's to ours, medians of the rounds. Wall clocks are told, too, and mean
little on a small machine.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import secrets
import statistics
import subprocess
import sys
import urllib.request
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.chaos.part import Part
from bench.chaos.stage import Stage
from bench.load import Load, processor_seconds, send
from deploy.local import ports
from deploy.local.place import ROOT
from deploy.local.process import Process

ROWS = 10_000
CONNECTIONS = 32
GOALS = {"one job": 2.5, "list of 50": 2.0, "mark, 202": 2.0, "upload 50 kB": 2.0}
CONFIG = {"watermark_text": "CONFIDENTIAL", "opacity": 0.3, "position": "center", "font_size": 12}


@dataclass
class Side:
    """One of the two: where it listens, who works for it, and what it is asked."""

    port: int
    key: str
    pids: Callable[[], list[int]]
    job: uuid.UUID
    document: uuid.UUID

    def request(self, method: str, path: str, body: bytes = b"", content_type: str = "") -> bytes:
        """Return a request's bytes."""
        head = f"{method} /api/v1/{path} HTTP/1.1\r\nHost: localhost\r\n"
        head += f"Authorization: Bearer {self.key}\r\n"
        if body:
            head += f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
        return head.encode() + b"\r\n" + body

    def questions(self) -> dict[str, tuple[int, Callable[[int], bytes]]]:
        """Return by name: the status expected and the requests."""
        one = self.request("GET", f"jobs/{self.job}/")
        many = self.request("GET", "documents/?limit=50")
        mark = self.request(
            "POST",
            f"documents/{self.document}/watermark/",
            json.dumps(CONFIG).encode(),
            "application/json",
        )
        return {
            "one job": (200, lambda _: one),
            "list of 50": (200, lambda _: many),
            "mark, 202": (202, lambda _: mark),
            "upload 50 kB": (201, self._upload),
        }

    def _upload(self, _: int) -> bytes:
        content = b"%PDF-1.7\n" + os.urandom(50_000)
        part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n'
        body = part + b"Content-Type: application/pdf\r\n\r\n" + content + b"\r\n--x--\r\n"
        return self.request("POST", "documents/", body, "multipart/form-data; boundary=x")


def ours(stage: Stage) -> Side:
    """Start our web beside its rows."""
    from accounts.tests.factories import make_api_key, make_tenant
    from documents.tests.factories import make_document, make_job

    tenant = make_tenant("Bench")
    _, key = make_api_key(tenant)
    document = make_document(tenant)
    job = make_job(document, state="running", pages=100, page=40)
    _multiply(document, job)
    web = stage.start_web(COUNTERMARK_WEB_WORKERS="2")
    parts = [web, stage.postgres, stage.valkey]
    return Side(stage.port, key, lambda: [part.pid for part in parts], job.pk, document.pk)


def _multiply(document: Any, job: Any) -> None:
    from documents.models import Blob, Document, Job

    blobs = [Blob(tenant=document.tenant, size_bytes=1, sha256="0" * 64) for _ in range(ROWS)]
    Blob.objects.bulk_create(blobs)
    documents = [
        Document(tenant=document.tenant, title=f"Document {number}", file_name="a.pdf",
                 content_type="application/pdf", page_count=9, blob=blob)
        for number, blob in enumerate(blobs)
    ]  # fmt: skip
    Document.objects.bulk_create(documents)
    Job.objects.bulk_create(
        Job(tenant=document.tenant, document=one, spec=job.spec, state="cancelled",
            finished_at=job.created_at)
        for one in documents
    )  # fmt: skip


def peer(stage: Stage) -> Side:
    """Start the peer in a schema of its own, on the same servers."""
    python = _peer_python()
    port, key = ports.free_port(), secrets.token_urlsafe(32)
    directory = stage.directory / "peer"
    directory.mkdir()
    environment = {
        **stage.environment,
        "PEER_DATABASE_URL": stage.cluster.owner_url,
        "PEER_DIRECTORY": str(directory),
    }
    filled = subprocess.run(
        (python, "-m", "bench.peer.fill", hashlib.sha256(key.encode()).hexdigest(), str(ROWS)),
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    job, document = filled.stdout.split()
    arguments = ("--workers", "2", "--port", str(port), "--no-access-log", "--log-level", "error")
    part = Part(
        Process(
            name="peer",
            argv=(python, "-m", "uvicorn", "bench.peer.app:app", *arguments),
            environment=environment,
            log=stage.directory / "peer.log",
            directory=ROOT,
            is_ready=lambda _: _answers(port),
        )
    )
    stage.parts["peer"] = part
    part.start()
    parts = [part, stage.postgres, stage.valkey]
    pids = lambda: [part.pid for part in parts]  # noqa: E731 - as for ours
    return Side(port, key, pids, uuid.UUID(job), uuid.UUID(document))


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _peer_python() -> str:
    directory = ROOT / "var" / "peer"
    wanted = Path(__file__).parent / "peer" / "requirements.txt"
    python = directory / "bin" / "python"
    if not python.exists():
        subprocess.run((sys.executable, "-m", "venv", directory), check=True)
        subprocess.run((python, "-m", "pip", "install", "--quiet", "-r", wanted), check=True)
    return str(python)


def measure(side: Side, name: str, count: int) -> tuple[float, Load]:
    """Return the processor milliseconds of a request, and the load they come from."""
    status, requests = side.questions()[name]
    before = processor_seconds(side.pids())
    load = asyncio.run(send(side.port, requests, count=count, connections=CONNECTIONS))
    spent = processor_seconds(side.pids()) - before
    load.only(status)
    return spent * 1000 / count, load


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--requests", type=int, default=1500)
    arguments.add_argument("--only", action="append", choices=GOALS, default=[])
    chosen = arguments.parse_args()
    with Stage() as stage:
        sides = {"peer": peer(stage), "ours": ours(stage)}
        for name in chosen.only or GOALS:
            tell(name, sides, rounds=chosen.rounds, count=chosen.requests)


def tell(name: str, sides: dict[str, Side], *, rounds: int, count: int) -> None:
    """Let both take turns at one question, and print what came of it."""
    spent: dict[str, list[float]] = {who: [] for who in sides}
    loads: dict[str, Load] = {}
    for side in sides.values():
        measure(side, name, count // 5)
    for _ in range(rounds):
        for who, side in sides.items():
            milliseconds, loads[who] = measure(side, name, count)
            spent[who].append(milliseconds)
    median = {who: statistics.median(figures) for who, figures in spent.items()}
    words = [f"{name:14} {median['peer'] / median['ours']:5.2f} (goal {GOALS[name]})"]
    for who, load in loads.items():
        p95 = sorted(load.milliseconds)[int(len(load.milliseconds) * 0.95)]
        rate = sum(load.statuses.values()) / load.seconds
        words.append(f"{who} {median[who]:.2f} ms CPU, {rate:.0f}/s, p95 {p95:.0f} ms")
    print("; ".join(words), flush=True)


if __name__ == "__main__":
    main()
