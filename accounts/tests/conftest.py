"""The cast for the tests of this room."""

import pytest
from django.test import Client

from accounts.tests.cast import member, owner, staff, stranger, tenant, viewer
from accounts.tests.factories import new_browser

__all__ = ["browser", "member", "owner", "staff", "stranger", "tenant", "viewer"]


@pytest.fixture
def browser() -> Client:
    """Return a browser in which nobody is signed in."""
    return new_browser()
