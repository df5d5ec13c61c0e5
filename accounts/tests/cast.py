"""The cast: the same people in every room's tests, as pytest fixtures.

Owner, member and viewer share one tenant; the stranger owns another; staff own none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pytest
from django.test import Client

from accounts.models import Tenant, User
from accounts.principal import Principal
from accounts.tests.factories import (
    bearer,
    make_api_key,
    make_member,
    make_principal,
    make_tenant,
    make_user,
    signed_in,
)


@dataclass
class Person:
    """Somebody with a browser (``client``), an identity and, on demand, an API key."""

    user: User
    tenant: Tenant

    @cached_property
    def principal(self) -> Principal:
        """The identity that services take."""
        return make_principal(tenant=self.tenant, user=self.user)

    @cached_property
    def client(self) -> Client:
        """A browser in which this person is signed in."""
        return signed_in(self.user)

    @cached_property
    def api(self) -> Client:
        """A program with a live API key that has every scope of this person."""
        _, text = make_api_key(self.tenant, scopes=self.principal.scopes)
        return Client(**bearer(text))


@pytest.fixture
def tenant(db: None) -> Tenant:
    """Return the tenant of owner, member and viewer."""
    return make_tenant("Acme")


@pytest.fixture
def owner(tenant: Tenant) -> Person:
    """Return who owns the tenant."""
    return Person(make_member("owner", tenant=tenant, email="owner@acme.example"), tenant)


@pytest.fixture
def member(tenant: Tenant) -> Person:
    """Return who works in the tenant."""
    return Person(make_member("member", tenant=tenant, email="member@acme.example"), tenant)


@pytest.fixture
def viewer(tenant: Tenant) -> Person:
    """Return who only looks."""
    return Person(make_member("viewer", tenant=tenant, email="viewer@acme.example"), tenant)


@pytest.fixture
def stranger(db: None) -> Person:
    """Return the owner of another tenant."""
    other = make_tenant("Stranger & Co")
    return Person(make_member("owner", tenant=other, email="owner@stranger.example"), other)


@pytest.fixture
def staff(db: None) -> Client:
    """Return a browser in which a superuser without any tenant is signed in."""
    user = make_user("staff@countermark.example", is_staff=True, is_superuser=True)
    return signed_in(user)
