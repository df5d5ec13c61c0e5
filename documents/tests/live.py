"""Fixtures for tests against the whole web process on a real port."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config.tests.serving import Serving
from documents.tests.processes import wait_until


@pytest.fixture
def blob_dir(settings: Any, tmp_path: Path) -> Path:
    """Keep this test's blobs in a directory of its own; returns it."""
    settings.BLOB_DIR = tmp_path / "blobs"
    return settings.BLOB_DIR


@pytest.fixture(scope="session")
def web_process(django_db_setup: None) -> Iterator[Serving]:
    """Serve the whole application until the last test, and end before the database does."""
    with Serving("config.asgi:application") as server:
        yield server


@pytest.fixture
def live(transactional_db: None, blob_dir: Path, web_process: Serving) -> Iterator[Serving]:
    """Give the server of the application; for real clients, on this test's rows and blobs."""
    yield web_process
    # A request that still runs would meet the emptying of the tables: the two can deadlock.
    wait_until(web_process.is_idle)
