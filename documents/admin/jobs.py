"""Jobs as staff see them: to look at, to cancel or to try again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest
from django.template.defaultfilters import pluralize

from accounts.admin.filters import KnownValue, StateFilter
from accounts.models import User
from config.errors import DomainError
from documents.admin.found_by_id import FoundById
from documents.models import Job
from documents.services.jobs import cancel_job, retry_job


class JobAge(StateFilter):
    """How long ago the job was asked for."""

    title = "age"
    parameter_name = "age"
    states = {
        "under 5 minutes": Q(created_at__gt=Now() - timedelta(minutes=5)),
        "under an hour": Q(created_at__gt=Now() - timedelta(hours=1)),
        "under a day": Q(created_at__gt=Now() - timedelta(days=1)),
        "over a day": Q(created_at__lte=Now() - timedelta(days=1)),
    }


class JobTrouble(StateFilter):
    """Jobs that may need somebody."""

    title = "trouble"
    parameter_name = "trouble"
    states = {
        "waits for over a minute": Q(
            state=Job.State.QUEUED, run_after__lt=Now() - timedelta(minutes=1)
        ),
        "waits for another attempt": Q(state=Job.State.QUEUED, run_after__gt=Now()),
        "lease is over": Q(state=Job.State.RUNNING, lease_until__lt=Now()),
        "more than one attempt": Q(attempt__gt=1),
        "failed, may pass": Q(state=Job.State.FAILED, error_retryable=True),
    }


class JobTenant(StateFilter):
    """Jobs of tenants that staff have stopped wait for them."""

    title = "tenant"
    parameter_name = "tenant"
    states = {
        "working": Q(tenant__suspended_at__isnull=True),
        "suspended": Q(tenant__suspended_at__isnull=False),
    }


# From one code to the next along the index: there are few, of many jobs.
_CODES = """
    WITH RECURSIVE found(code) AS (
        (SELECT error_code FROM documents_job WHERE error_code <> '' ORDER BY error_code LIMIT 1)
        UNION ALL
        SELECT (SELECT error_code FROM documents_job
                WHERE error_code <> '' AND error_code > found.code ORDER BY error_code LIMIT 1)
        FROM found WHERE found.code IS NOT NULL
    )
    SELECT code FROM found WHERE code IS NOT NULL
"""


class JobError(KnownValue):
    """The codes that there are, without the one of jobs that have none."""

    title = "error code"
    parameter_name = "error_code"

    def known(self) -> list[tuple[str, str]]:
        """Return the codes that jobs have ended with."""
        with connection.cursor() as cursor:
            cursor.execute(_CODES)
            return [(code, code) for (code,) in cursor.fetchall()]


@admin.register(Job)
class JobAdmin(FoundById):
    """Jobs of all tenants, newest first."""

    list_display = (
        *("short_id", "document", "tenant", "state", "progress", "error_code", "created_at"),
        "attempt",
    )
    list_filter = ("state", JobAge, JobTrouble, JobTenant, JobError)
    list_select_related = ("tenant", "document")
    id_fields = ("id", "document_id")
    search_fields = ("request_id__exact", "tenant__slug")
    search_help_text = "Id of a job, document or request, or the short name of a tenant"
    actions = ("retry", "cancel")

    @admin.display(description="id", ordering="id")
    def short_id(self, job: Job) -> str:
        """Enough of the id to tell jobs apart; the whole of it would push out other columns."""
        return str(job.pk)[:8]

    @admin.display(description="progress")
    def progress(self, job: Job) -> str:
        """How much is done."""
        return f"{job.percent} %"

    @admin.action(description="Try selected jobs again", permissions=["change"])
    def retry(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        """Start each job's work as a new job."""
        self._each(request, jobs, retry_job, "Tried again by staff.", "tried again")

    @admin.action(description="Cancel selected jobs", permissions=["change"])
    def cancel(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        """Stop each job that has not ended."""
        self._each(request, jobs, cancel_job, "Cancelled by staff.", "cancelled or asked to stop")

    def _each(
        self,
        request: HttpRequest,
        jobs: QuerySet[Job],
        act: Callable[..., Job],
        note: str,
        outcome: str,
    ) -> None:
        actor: Any = request.user
        done, refused = 0, list[str]()
        for job in jobs:
            try:
                self._act(request, actor, job, act, note)
                done += 1
            except DomainError as error:
                refused.append(f"Job {job.pk}: {error.detail}")
        if done:
            self.message_user(request, f"{done} job{pluralize(done)} {outcome}.", messages.SUCCESS)
        if refused:
            self.message_user(request, " ".join(refused), messages.WARNING)

    def _act(
        self, request: HttpRequest, actor: User, job: Job, act: Callable[..., Job], note: str
    ) -> None:
        act(principal=actor, job=job)
        self.log_change(request, job, note)
