"""Real processes and threads for tests: on the test's database, queue and blobs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection, connections

ROOT = Path(settings.BASE_DIR)
PATIENCE_SECONDS = 60


def environment(**changes: str) -> dict[str, str]:
    """Return the environment of a process that shares this test's services."""
    database = urlsplit(os.environ["DATABASE_URL"])
    database = database._replace(path=f"/{connection.settings_dict['NAME']}")
    return {
        **os.environ,
        "DATABASE_URL": database.geturl(),
        "DATABASE_OWNER_URL": "",
        "COUNTERMARK_DATABASE_POOL": "0",
        "COUNTERMARK_DATA_DIR": str(settings.BLOB_DIR.parent),
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
        **changes,
    }


@contextmanager
def running(*arguments: str, **changes: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``python *arguments`` in the repository's root, as long as the block lasts."""
    process = subprocess.Popen(
        (sys.executable, *arguments), cwd=ROOT, env=environment(**changes), start_new_session=True
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait()


def wait_until(condition: Callable[[], bool]) -> None:
    """Return once ``condition`` holds; fail when that takes out of all proportion."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "It never came true."
        time.sleep(0.02)


def in_threads(work: Callable[[], object], count: int = 1) -> list[threading.Thread]:
    """Start ``work`` in so many threads; their connections are closed when they end."""

    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    return threads
