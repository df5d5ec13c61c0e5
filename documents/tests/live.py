"""The whole web process on a real port, in a thread of the test's process."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn


class LiveServer:
    """Uvicorn with ``config.asgi:application``; ``url`` has no slash at its end."""

    def __init__(self) -> None:
        from config.asgi import application

        self._socket = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        config = uvicorn.Config(
            application, lifespan="on", log_config=None, timeout_graceful_shutdown=5
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True
        )

    def start(self) -> LiveServer:
        """Serve; returns when connections are accepted."""
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise RuntimeError("The live server has ended before it began to serve.")
            time.sleep(0.005)
        return self

    def stop(self) -> None:
        """End open requests, the application's threads and their database connections."""
        self._server.should_exit = True
        self._thread.join(15)
        self._socket.close()
        if self._thread.is_alive():
            raise RuntimeError("The live server does not end.")


@pytest.fixture
def blob_dir(settings: Any, tmp_path: Path) -> Path:
    """Keep this test's blobs in a directory of its own; returns it."""
    settings.BLOB_DIR = tmp_path / "blobs"
    return settings.BLOB_DIR


@pytest.fixture
def live(transactional_db: None, blob_dir: Path) -> Iterator[LiveServer]:
    """Serve the application to real clients for one test."""
    server = LiveServer().start()
    yield server
    server.stop()
