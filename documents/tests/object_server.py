"""A real S3 server of this test run's own: SeaweedFS, from its wheel, with one bucket."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from deploy.local.lineage import die_with_parent
from deploy.local.ports import LOOPBACK, free_port
from documents.storage.s3.client import connect
from documents.storage.s3.store import S3BlobStore
from documents.tests.processes import wait_until

BUCKET, ACCESS_KEY, SECRET_KEY = "blobs", "countermark", "for-tests-only"
PORTS = ("master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port")
PORTS += ("filer.port.grpc", "s3.port", "s3.port.grpc")


class ObjectServer:
    """``settings()`` leads to it; ``process`` can be stopped and killed like any other."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process = process
        self.port = port

    def settings(self, *, port: int | None = None, prefix: str = "") -> dict[str, str]:
        """Return what ``settings.S3`` would be; another ``port`` is that of a proxy."""
        return {
            "bucket": BUCKET,
            "prefix": prefix or f"{uuid4()}/",
            "endpoint": f"http://{LOOPBACK}:{port or self.port}",
            "region": "us-east-1",
            "access_key": ACCESS_KEY,
            "secret_key": SECRET_KEY,
        }

    def environment(self, prefix: str) -> dict[str, str]:
        """Return the same for a process of its own."""
        service = self.settings()
        return {
            "COUNTERMARK_BLOB_URL": f"s3://{BUCKET}/{prefix}?endpoint={service['endpoint']}",
            "COUNTERMARK_S3_ACCESS_KEY": ACCESS_KEY,
            "COUNTERMARK_S3_SECRET_KEY": SECRET_KEY,
        }

    def store(self, staging: Path, **more: Any) -> S3BlobStore:
        """Return a store below a prefix of its own."""
        read_seconds = more.pop("read_seconds", 20)
        service = self.settings(**more)
        bucket, prefix = service.pop("bucket"), service.pop("prefix")
        client = connect(**service, read_seconds=read_seconds)
        return S3BlobStore(client, bucket=bucket, prefix=prefix, staging=staging)


@contextmanager
def serving_objects(directory: Path) -> Iterator[ObjectServer]:
    """Run the server as long as the block lasts."""
    program = Path(sys.executable).with_name("weed")
    assert program.exists(), "no S3 server: install requirements-dev.txt"
    ports = {name: free_port() for name in PORTS}
    identity = {
        "name": "test",
        "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
        "actions": ["Admin", "Read", "Write", "List"],
    }
    (directory / "s3.json").write_text(json.dumps({"identities": [identity]}))
    options = {
        **ports,
        "dir": directory,
        "ip": LOOPBACK,
        "ip.bind": LOOPBACK,
        "master.telemetry": "false",
        "master.electionTimeout": "1s",
        "master.heartbeatInterval": "100ms",
        "master.volumeSizeLimitMB": 64,
        "volume.max": 8,
        "filer": "true",
        "filer.localSocket": directory / "filer.sock",
        "s3": "true",
        "s3.config": directory / "s3.json",
        "s3.localSocket": directory / "s3.sock",
        "s3.iam": "false",
        # Else on a fixed port, where only one test process could have its server.
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
    }
    parent = os.getpid()
    with (directory / "output").open("wb") as output:
        process = subprocess.Popen(
            [program, f"-logdir={directory}", "server", *(f"-{k}={v}" for k, v in options.items())],
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=lambda: die_with_parent(parent, signal.SIGKILL),
        )
    try:
        server = ObjectServer(process, ports["s3.port"])
        _wait_for(server, directory / "output")
        yield server
    finally:
        # It holds nothing worth the half minute of an orderly end.
        process.kill()
        process.wait()
        for port in ports.values():  # there is no option for these
            for left in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):  # noqa: S108 - its choice
                left.unlink()


def _wait_for(server: ObjectServer, output: Path) -> None:
    service = server.settings()
    client = connect(
        **{name: service[name] for name in ("endpoint", "region", "access_key", "secret_key")}
    )

    def takes_objects() -> bool:
        assert server.process.poll() is None, output.read_text()[-2000:]
        with suppress(BotoCoreError, ClientError):
            client.create_bucket(Bucket=BUCKET)
            client.put_object(Bucket=BUCKET, Key="first", Body=b"")
            return True
        return False

    wait_until(takes_objects)


@pytest.fixture(scope="session")
def object_server() -> Iterator[ObjectServer]:
    """The server, started for the first test that asks for it."""
    directory = Path(tempfile.mkdtemp(prefix="countermark-s3-"))
    try:
        with serving_objects(directory) as server:
            yield server
    finally:
        shutil.rmtree(directory, ignore_errors=True)
