"""The web on a small disk, and what became of what it was sent."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db.models.functions import Now

from config.tests.serving import Reply, Wire
from deploy.local.ports import free_port, is_free
from documents.models import Blob, Job
from documents.storage import BlobStore, HasPaths
from documents.tests.multipart import API, chunk, headers_of
from documents.tests.processes import running, wait_until
from documents.tests.small_disk import SmallDisk, running_on_small_disk

ONE_JOB = "import sys; from documents.tests.storage.one_job import run; run(sys.argv[1])"


class SmallService:
    """``store`` finds the blobs from outside; ``key`` is the API key that is sent."""

    def __init__(self, disk: SmallDisk, port: int, environment: dict[str, str]) -> None:
        self.disk = disk
        self.port = port
        self.environment = environment
        self.store: BlobStore = disk.blobs()
        self.key = ""

    def post(self, form: bytes, *, announced: bool = True, path: str = API, **more: Any) -> Reply:
        """Send a form with its length or, not ``announced``, in a chunk."""
        headers = headers_of(self.key or None, len(form) if announced else None, **more)
        with Wire(self.port) as wire:
            wire.head("POST", path, **headers)
            wire.send(form if announced else chunk(form) + b"0\r\n\r\n")
            return wire.answer()

    def get(self, path: str, **headers: str) -> Reply:
        """Fetch something."""
        with Wire(self.port) as wire:
            return wire.head("GET", path, authorization=f"Bearer {self.key}", **headers).answer()

    def attempt(self, job_id: str) -> Job:
        """Let a process on the same disk do the job, as a worker would."""
        Job.objects.update(run_after=Now())
        command = self.disk.beside("-c", ONE_JOB, job_id)
        with running(*command, **self.environment) as process:
            assert process.wait(60) == 0
        return Job.objects.get(pk=job_id)

    def check(self) -> None:
        """Each row has its bytes, and there are no others: no partial file, nothing staged."""
        rows = sorted(Blob.objects.values_list("sha256", flat=True))
        on_disk = len(rows) if isinstance(self.store, HasPaths) else 0
        wait_until(lambda: len(self.disk.files()) == on_disk)
        assert sorted(map(self._sha256, self.store.iter_ids())) == rows

    def _sha256(self, blob_id: UUID) -> str:
        with self.store.open(blob_id) as blob:
            return hashlib.sha256(blob.read()).hexdigest()


@contextmanager
def serving_on_small_disk(
    directory: Path, size_bytes: int, **environment: str
) -> Iterator[SmallService]:
    """Run the web with its data on such a disk; ``environment`` may name a bucket for them."""
    port = free_port()
    command = f"-m uvicorn config.asgi:application --port {port} --log-level error".split()
    environment["COUNTERMARK_DATA_DIR"] = str(directory)
    with running_on_small_disk(directory, size_bytes, *command, **environment) as disk:
        wait_until(lambda: not is_free(port))
        yield SmallService(disk, port, environment)
