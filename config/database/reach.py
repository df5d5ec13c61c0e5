"""Whose rows the statements of this request, task or command may touch.

A reach is one tenant, all of them or none. Every statement carries the reach of the moment to the
database (``config.database.base``), which holds each row against it (``Wall``): what a query
forgets to filter is not there. Nothing is kept on a connection, so nothing can be left behind on
one, whoever uses it next.

A process begins with a reach of none; only workers, the relay and commands say at their start that
they serve all tenants. A request is given its own reach, none until its principal is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

NO_TENANT = ""
ALL_TENANTS = "all"

_reach: ContextVar[str | None] = ContextVar("reach", default=None)


class _Process:
    reach = NO_TENANT


def current_reach() -> str:
    """Return the id of the one tenant, ALL_TENANTS or NO_TENANT: the value of ``app.tenant``."""
    own = _reach.get()
    return _Process.reach if own is None else own


def serve_all_tenants() -> None:
    """Let this process reach all tenants wherever nothing narrower is said."""
    _Process.reach = ALL_TENANTS


@contextmanager
def no_tenant() -> Iterator[None]:
    """Reach no tenant inside the block, until ``enter_tenant`` or ``enter_all_tenants``.

    What these set ends with the block as well.
    """
    with _reaching(NO_TENANT):
        yield


@contextmanager
def only_tenant(tenant_id: UUID) -> Iterator[None]:
    """Reach one tenant inside the block."""
    with _reaching(str(UUID(str(tenant_id)))):
        yield


@contextmanager
def all_tenants() -> Iterator[None]:
    """Reach all tenants inside the block: for finding out who somebody is, and for staff."""
    with _reaching(ALL_TENANTS):
        yield


def enter_tenant(tenant_id: UUID) -> None:
    """Let a request that reaches none reach this tenant from now on; a wider reach stays."""
    if current_reach() == NO_TENANT:
        _reach.set(str(UUID(str(tenant_id))))


def enter_all_tenants() -> None:
    """Let a request reach all tenants from now on: for staff, once they are known."""
    _reach.set(ALL_TENANTS)


@contextmanager
def _reaching(reach: str) -> Iterator[None]:
    token = _reach.set(reach)
    try:
        yield
    finally:
        _reach.reset(token)
