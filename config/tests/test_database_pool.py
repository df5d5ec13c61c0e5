"""The pool of connections while the database is away, and once it is back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import OperationalError, connection
from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.utils import load_backend

from config.service_urls import database_from_url
from documents.tests.processes import wait_until

NAME = "behind-a-door"


@pytest.fixture
def door(tmp_path: Path) -> Path:
    """The test's database through a name of its own for the server's socket."""
    where = connection.settings_dict["HOST"]
    if not where.startswith("/"):
        pytest.skip("the database is not reached through a socket")
    door = tmp_path / ".s.PGSQL.5432"
    door.symlink_to(Path(where) / door.name)
    return door


@pytest.fixture
def through_door(door: Path) -> Iterator[DatabaseWrapper]:
    """A connection of a process like the web's, with a pool."""
    mine = connection.settings_dict
    url = f"{os.environ['DATABASE_URL'].split('?')[0]}?host={door.parent}&application_name={NAME}"
    given = database_from_url(url, pool_size=4)
    given["OPTIONS"].pop("host", None)
    backend = load_backend(given["ENGINE"])
    wrapper = backend.DatabaseWrapper({**mine, **given, "NAME": mine["NAME"]}, alias=NAME)
    yield wrapper
    wrapper.close()
    wrapper.close_pool()


def ask(wrapper: DatabaseWrapper) -> None:
    """Do as a request does."""
    try:
        with wrapper.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        wrapper.close()


@pytest.mark.django_db
def test_a_database_that_was_away_is_found_by_the_next_who_asks(
    door: Path, through_door: DatabaseWrapper
) -> None:
    """However long it was away: nobody waits until the pool thinks it time to look again."""
    ask(through_door)
    server = door.readlink()
    door.unlink()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE application_name = %s",
            [NAME],
        )
    with pytest.raises((OperationalError, psycopg.OperationalError)):
        ask(through_door)
    wait_until(lambda: through_door.pool.get_stats()["pool_size"] == 0)
    door.symlink_to(server)
    ask(through_door)


@pytest.mark.django_db
def test_a_connection_that_the_server_has_ended_is_given_to_nobody(
    through_door: DatabaseWrapper,
) -> None:
    for _ in range(5):
        ask(through_door)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                " WHERE application_name = %s",
                [NAME],
            )
        ask(through_door)
