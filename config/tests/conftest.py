"""The cast for the tests of the root."""

from accounts.tests.cast import owner, tenant

__all__ = ["owner", "tenant"]
