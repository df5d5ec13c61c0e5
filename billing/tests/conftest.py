"""What this room's tests share."""

from __future__ import annotations

import pytest

from accounts.tests.cast import member, owner, staff, stranger, tenant, viewer
from billing.tests.clock import Clock

__all__ = ["member", "owner", "staff", "stranger", "tenant", "viewer"]


@pytest.fixture
def clock(db: None) -> Clock:
    """Return the database's clock, to be moved."""
    return Clock()
