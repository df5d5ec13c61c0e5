"""What a web process arranges for itself."""

from __future__ import annotations

import resource

from django.db import connections

# A socket and a staged file for each of some thousand uploads, and room beside them.
OPEN_FILES = 16_384


def allow_many_files() -> None:
    """Raise the soft limit of open files, which shells leave at 1,024, as far as we may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def close_database_pools() -> None:
    """End the pools' own threads and their idle connections."""
    for connection in connections.all():
        close_pool = getattr(connection, "close_pool", None)
        if close_pool is not None:
            close_pool()
