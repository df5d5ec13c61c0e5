"""The pool: once somebody waited in vain, nobody else does until a connection is there again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection, connections

from config.database.patient.base import IMPATIENT_SECONDS, DatabaseWrapper

PATIENT_SECONDS = 0.5


def pooled() -> DatabaseWrapper:
    """Return one more user of a pool with a single connection, to the tests' database."""
    pool = {"min_size": 1, "max_size": 1, "timeout": PATIENT_SECONDS}
    settings: dict[str, Any] = {**connection.settings_dict, "OPTIONS": {"pool": pool}}
    return DatabaseWrapper(settings, alias="of-one")


@pytest.fixture
def two(db: None) -> Iterator[tuple[DatabaseWrapper, DatabaseWrapper]]:
    """Return two users of one pool."""
    both = pooled(), pooled()
    yield both
    for each in both:
        each.close()
    both[0].close_pool()


def test_who_waited_in_vain_spares_the_others(
    two: tuple[DatabaseWrapper, DatabaseWrapper],
) -> None:
    first, second = two
    first.ensure_connection()
    assert second.pool.timeout == PATIENT_SECONDS
    for _ in range(2):
        with pytest.raises(OperationalError):
            second.ensure_connection()
        assert second.pool.timeout == IMPATIENT_SECONDS

    first.close()
    second.ensure_connection()

    assert second.pool.timeout == PATIENT_SECONDS


def test_the_site_uses_it() -> None:
    assert isinstance(connections["default"], DatabaseWrapper)
