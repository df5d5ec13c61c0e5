"""What the dashboard shows of a workspace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from accounts.principal import Principal
from billing.queries import monthly_allowance, usage_since
from documents.models import Document, Job
from documents.queries import documents_for, jobs_for

RECENT = 5
RUNNING_MAX = 8


@dataclass(frozen=True, slots=True)
class Summary:
    """The newest, what runs, and what was used ``since`` the month began (UTC)."""

    documents: list[Document]
    running: list[Job]
    jobs: list[Job]
    usage: dict[str, int]
    allowance: dict[str, int | None]
    since: datetime


def summarise(principal: Principal) -> Summary:
    """Return what the principal may see, in at most five queries."""
    since = timezone.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    documents = documents_for(principal)
    jobs = jobs_for(principal).select_related("document")
    if not principal.may("documents:read"):
        documents = documents.none()
    if not principal.may("jobs:read"):
        jobs = jobs.none()
    return Summary(
        documents=list(documents[:RECENT]),
        running=list(jobs.filter(state__in=Job.LIVE_STATES)[:RUNNING_MAX]),
        jobs=list(jobs[:RECENT]),
        usage=usage_since(principal=principal, since=since),
        allowance=monthly_allowance(principal=principal),
        since=since,
    )
