"""One job in a process of its own, without a worker around it."""

from __future__ import annotations

from uuid import UUID


def run(job_id: str) -> None:
    """Do the job that the environment's database calls by this id."""
    import django

    django.setup()
    from documents.processing.run import process

    process(UUID(job_id))
