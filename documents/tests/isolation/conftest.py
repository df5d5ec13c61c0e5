"""The two workspaces, as fixtures."""

from __future__ import annotations

from pathlib import Path

import pytest

from documents.tests.isolation.calls import InProcess
from documents.tests.isolation.world import World


@pytest.fixture
def world(db: None, blob_dir: Path) -> World:
    """Return both workspaces, furnished."""
    world = World()
    world.furnish()
    return world


@pytest.fixture
def caller() -> InProcess:
    """Return the way into Django without a server."""
    return InProcess()
