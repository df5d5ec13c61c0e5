"""The cast for the tests of the root."""

from accounts.tests.cast import owner, staff, tenant

__all__ = ["owner", "staff", "tenant"]
