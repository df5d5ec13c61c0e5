"""The web process as in production, to be killed in the middle of its work and started again."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from deploy.local.ports import free_port
from documents.tests.processes import running, wait_until
from documents.tests.production import COMMAND, SETTINGS, Web


class KillableWeb(Web):
    """Listens on one port through all its lives; ``url`` is what clients are told."""

    def __init__(self, stack: ExitStack, **changes: str) -> None:
        super().__init__(free_port())
        self.url = f"http://127.0.0.1:{self.port}"
        self.kills = 0
        self._stack = stack
        self._changes = {
            **SETTINGS,
            "COUNTERMARK_PUBLIC_URL": self.url,
            "COUNTERMARK_ALLOWED_HOSTS": "127.0.0.1",
            "COUNTERMARK_BEHIND_PROXY": "no",
            "COUNTERMARK_PORT": str(self.port),
            **changes,
        }
        self.start()

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        self._process = self._stack.enter_context(running(*COMMAND, **self._changes))
        wait_until(lambda: self._process.poll() is not None or self.answers())
        assert self._process.poll() is None, "The web ended before it began to serve."

    def kill(self) -> None:
        """``kill -9`` of it and its workers: nothing is finished, nothing said good-bye to."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        wait_until(lambda: not self.answers())  # its workers die a moment later
        self.kills += 1

    @contextmanager
    def killed_at(self, *offsets: int, arrived: Callable[[], int]) -> Iterator[None]:
        """Kill it inside the block whenever so many bytes have ``arrived``, and start it again."""
        is_over = threading.Event()

        def strike() -> None:
            for offset in offsets:
                while arrived() < offset:
                    if is_over.is_set():
                        return
                    time.sleep(0.0005)
                self.kill()
                self.start()

        thread = threading.Thread(target=strike)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()


@contextmanager
def killable_web(**changes: str) -> Iterator[KillableWeb]:
    """Run it on this test's rows and blobs."""
    with ExitStack() as stack:
        web = KillableWeb(stack, **changes)
        yield web
        web.kill()


def bytes_in(directory: Path) -> int:
    """Return how much the files below ``directory`` hold."""
    total = 0
    for path in directory.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:
            continue
    return total
