"""What the dashboard shows of a workspace."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.principal import Principal
from billing.queries import Month, this_month
from documents.batch_queries import batches_for
from documents.models import Batch, Document, Job
from documents.queries import documents_for, jobs_for

RECENT = 5
RUNNING_MAX = 8


@dataclass(frozen=True, slots=True)
class Summary:
    """The newest, what runs, and what was used of the month."""

    documents: list[Document]
    batches: list[Batch]
    running: list[Job]
    jobs: list[Job]
    month: Month


def summarise(principal: Principal) -> Summary:
    """Return what the principal may see, in at most six queries."""
    documents = documents_for(principal)
    jobs = jobs_for(principal).select_related("document")
    batches = batches_for(principal, state=Batch.State.RUNNING)
    if not principal.may("documents:read"):
        documents = documents.none()
    if not principal.may("jobs:read"):
        jobs, batches = jobs.none(), batches.none()
    running = jobs.filter(state__in=Job.LIVE_STATES, batch=None)  # those of batches count there
    return Summary(
        documents=list(documents[:RECENT]),
        batches=list(batches[:RUNNING_MAX]),
        running=list(running[:RUNNING_MAX]),
        jobs=list(jobs[:RECENT]),
        month=this_month(tenant_id=principal.tenant_id),
    )
