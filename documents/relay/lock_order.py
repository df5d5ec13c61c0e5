"""In which order a chore ends the jobs of several tenants."""

from __future__ import annotations

from collections.abc import Iterable

from documents.models import Job


def in_lock_order(jobs: Iterable[Job]) -> list[Job]:
    """Return ``jobs`` by tenant, then by batch.

    Ending one locks its tenant's allowance and its batch to the commit. Two relays that end jobs
    of two tenants, each in its own order, would wait for each other.
    """
    return sorted(jobs, key=lambda job: (job.tenant_id, job.batch_id or job.pk))
