"""A job: one piece of work. This row is the truth; queue messages only wake somebody up."""

from __future__ import annotations

import uuid
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from documents.formats.kinds import DocumentFormat
from documents.models.batch import Batch
from documents.models.blob import Blob
from documents.models.document import Document
from documents.models.made import Made

if TYPE_CHECKING:
    from accounts.principal import Principal


class JobQuerySet(models.QuerySet["Job"]):
    """Jobs, always seen by somebody."""

    def visible_to(self, principal: Principal) -> JobQuerySet:
        """Return the jobs of the principal's tenant."""
        return self.filter(tenant_id=principal.tenant_id)

    def forget_message(self, job_id: uuid.UUID) -> None:
        """Note that no message is under way for a waiting job: the relay then sends one."""
        self.filter(pk=job_id, state=Job.State.QUEUED).update(dispatched_at=None)


class Job(Made):
    """Marking one document with one spec.

    ``queued → running → succeeded | failed | cancelled | expired``; the last four never change.
    A running job is leased: whoever holds ``lease_token`` may write, until ``lease_until`` of the
    database's clock; then the sweep gives the job to somebody else, and the late one is fenced.
    """

    class State(models.TextChoices):
        """Where a job is."""

        QUEUED = "queued"
        RUNNING = "running"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        CANCELLED = "cancelled"
        EXPIRED = "expired"

    LIVE_STATES = (State.QUEUED, State.RUNNING)

    # What belongs to the tenant is tied by pairs with the tenant's id (migration 0002), in place of
    # the constraints that Django would make.
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, related_name="jobs", db_constraint=False
    )
    # Whose item it is, or was before it was tried again; found by way of the items.
    batch = models.ForeignKey(
        Batch,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    spec = models.JSONField()
    # Of what its mark is made: their bytes stay until it has ended.
    asset_ids = ArrayField(models.UUIDField(), default=list, blank=True, db_default=[])
    # What the marked copy will be; follows from the document and the spec.
    output_format = models.CharField(max_length=8, default="pdf", db_default="pdf")
    state = models.CharField(max_length=16, choices=State.choices, default=State.QUEUED)

    attempt = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=3)
    lease_token = models.UUIDField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    # The database's clock decides what is due, from the first moment on.
    run_after = models.DateTimeField(db_default=Now())
    dispatched_at = models.DateTimeField(null=True, blank=True, editable=False)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)

    stage = models.CharField(max_length=24, blank=True)
    page = models.PositiveIntegerField(default=0)
    pages = models.PositiveIntegerField(null=True, blank=True)
    # Grows with every change that a watcher may see, so that late messages can be told apart.
    seq = models.PositiveBigIntegerField(default=0)

    result = models.OneToOneField(
        Blob,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="job",
        db_constraint=False,
    )
    result_purged_at = models.DateTimeField(null=True, blank=True)
    warnings = models.JSONField(default=list, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    error_message = models.CharField(max_length=500, blank=True)
    error_retryable = models.BooleanField(default=False)

    retry_of = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="retries",
        db_constraint=False,
    )
    request_id = models.CharField(max_length=64, blank=True)
    # Where its end is told, beside the tenant's webhook endpoints.
    webhook_url = models.CharField(max_length=2000, blank=True, db_default="")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="job_by_tenant"),
            # Of all tenants, as staff see them.
            models.Index(fields=["-created_at", "-id"], name="job_newest"),
            models.Index(
                fields=["-created_at", "-id"],
                condition=Q(state="failed"),
                name="job_failed_newest",
            ),
            models.Index(fields=["error_code"], condition=~Q(error_code=""), name="job_by_error"),
            # By tenant, so that the relay can hop from one to the next past their backlogs.
            models.Index(
                fields=["tenant", "run_after", "id"], condition=Q(state="queued"), name="job_due"
            ),
            models.Index(fields=["lease_until"], condition=Q(state="running"), name="job_leased"),
            models.Index(
                fields=["tenant"],
                condition=Q(state__in=["queued", "running"]) & ~Q(asset_ids=[]),
                name="job_needs_asset",
            ),
            models.Index(
                fields=["expires_at"],
                condition=Q(state="succeeded", result__isnull=False),
                name="job_to_expire",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="job_of_tenant"),
            models.CheckConstraint(
                condition=Q(
                    state__in=["queued", "running", "succeeded", "failed", "cancelled", "expired"]
                ),
                name="job_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state="running", lease_token__isnull=False, lease_until__isnull=False)
                | (~Q(state="running") & Q(lease_token__isnull=True) & Q(lease_until__isnull=True)),
                name="job_leased_while_running",
            ),
            models.CheckConstraint(
                condition=(
                    Q(state="succeeded")
                    & (Q(result__isnull=False) | Q(result_purged_at__isnull=False))
                )
                | (~Q(state="succeeded") & Q(result__isnull=True)),
                name="job_result_when_succeeded",
            ),
            models.CheckConstraint(
                condition=(Q(state="failed") & ~Q(error_code=""))
                | (~Q(state="failed") & Q(error_code="")),
                name="job_error_when_failed",
            ),
            models.CheckConstraint(
                condition=(Q(state__in=["queued", "running"]) & Q(finished_at__isnull=True))
                | (~Q(state__in=["queued", "running"]) & Q(finished_at__isnull=False)),
                name="job_finished_when_ended",
            ),
            models.CheckConstraint(
                condition=Q(output_format__in=["pdf", "docx"]), name="job_output_format_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} ({self.state})"

    def change(self, **changes: Any) -> None:
        """Write ``changes`` under the next ``seq``; the row is locked, or nobody else can have it.

        Afterwards this object is the row as the database has it.
        """
        Job.objects.filter(pk=self.pk).update(seq=F("seq") + 1, **changes)
        self.refresh_from_db()

    @property
    def source(self) -> str:
        """By what name billing knows this work."""
        return f"job:{self.pk}"

    @property
    def is_ended(self) -> bool:
        """Whether the state is one that never changes again."""
        return self.state not in self.LIVE_STATES

    @property
    def result_file_name(self) -> str:
        """What the marked copy is called when somebody saves it; reads the document."""
        return f"{PurePosixPath(self.document.file_name).stem}-marked.{self.output_format}"

    @property
    def result_type(self) -> str:
        """The media type of the marked copy."""
        return DocumentFormat(self.output_format).media_type

    @property
    def percent(self) -> int:
        """How much is done, 0–100; 100 only for a job that succeeded."""
        if self.state == self.State.SUCCEEDED:
            return 100
        return min(99, self.page * 100 // self.pages) if self.pages else 0
