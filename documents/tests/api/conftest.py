"""Programs that use the API, each as somebody."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from accounts.models import Tenant
from accounts.principal import SCOPES
from accounts.tests.factories import make_api_key
from config.tests.conformance import ApiClient


@pytest.fixture(autouse=True)
def _own_blobs(blob_dir: Path) -> None:
    """Each test has a blob store of its own."""


@pytest.fixture
def api_of(db: None) -> Callable[..., ApiClient]:
    """Return a maker of programs with a key of a tenant."""

    def make(tenant: Tenant, scopes: Iterable[str] = tuple(SCOPES)) -> ApiClient:
        return ApiClient(make_api_key(tenant, scopes=scopes)[1])

    return make


@pytest.fixture
def api(api_of: Callable[..., ApiClient], tenant: Tenant) -> ApiClient:
    """Return a program with a key of the tenant that has every scope."""
    return api_of(tenant)


@pytest.fixture
def nobody(db: None) -> ApiClient:
    """Return a program without a key."""
    return ApiClient()
