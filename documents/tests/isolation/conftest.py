"""The two workspaces, as fixtures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from config.tests.walls import without_walls
from documents.tests.isolation.calls import InProcess
from documents.tests.isolation.world import World


@pytest.fixture(scope="module", params=[True, False], ids=["walls", "no walls"])
def walls(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[bool]:
    """Whether the database keeps tenants apart, too, or our queries alone have to."""
    if request.param:
        yield True
        return
    with django_db_blocker.unblock(), without_walls():
        yield False


@pytest.fixture
def world(walls: bool, db: None, blob_dir: Path) -> World:
    """Return both workspaces, furnished."""
    world = World()
    world.furnish()
    return world


@pytest.fixture
def caller() -> InProcess:
    """Return the way into Django without a server."""
    return InProcess()
