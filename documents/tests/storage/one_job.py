"""One job in a process of its own, without a worker around it."""

from __future__ import annotations

from uuid import UUID


def run(job_id: str) -> None:
    """Do the job that the environment's database calls by this id."""
    import django

    django.setup()
    from config.database.reach import serve_all_tenants
    from documents.processing.run import process

    serve_all_tenants()  # as a worker does at its start
    process(UUID(job_id))
