"""The cast for the tests of this room."""

from accounts.tests.cast import member, owner, staff, stranger, tenant, viewer

__all__ = ["member", "owner", "staff", "stranger", "tenant", "viewer"]
