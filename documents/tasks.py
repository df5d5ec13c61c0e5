"""What a message makes a worker do."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from celery import shared_task

from documents.broker import TASK
from documents.processing.run import process


@shared_task(name=TASK, ignore_result=True)  # type: ignore[untyped-decorator] # celery has none
def run_job(*, job_id: str, **_: Any) -> None:
    """Look whether the job's row wants work, and do it.

    Other arguments are ignored, so that older workers understand newer messages.
    """
    process(UUID(job_id))
