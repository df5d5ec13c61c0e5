"""The two workspaces, as fixtures."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from config.tests.emptying import empty_all
from config.tests.walls import without_walls
from documents.tests.isolation.calls import InProcess
from documents.tests.isolation.world import World


@pytest.fixture(scope="module", params=[True, False], ids=["walls", "unwalled"])
def walls(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[bool]:
    """Whether the database keeps tenants apart, too, or our queries alone have to."""
    if request.param:
        yield True
        return
    with django_db_blocker.unblock(), without_walls():
        yield False


@pytest.fixture(scope="module")
def furnished(
    walls: bool, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Make both workspaces once for all tests of a module; their rows are gone after the last."""
    with (
        django_db_blocker.unblock(),
        override_settings(BLOB_DIR=tmp_path_factory.mktemp("world") / "blobs"),
    ):
        with transaction.atomic():
            world = World(behind_walls=walls)
            world.furnish()
            world.refused()
            connection.run_on_commit.clear()  # as in a test: nobody is told
        try:
            yield world
        finally:
            empty_all()


@pytest.fixture
def world(furnished: World, db: None) -> World:
    """Return both workspaces; what a test does to their rows is undone."""
    return furnished


@pytest.fixture
def caller() -> InProcess:
    """Return the way into Django without a server."""
    return InProcess()
