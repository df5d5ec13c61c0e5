"""Of jobs: one end, told once, counted once, with one output; and nothing that is stuck."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from config.invariants import by_query

# How late the relay may be before somebody should look at it.
LATE_SECONDS = 60
ENDS = "('job.succeeded', 'job.failed', 'job.cancelled', 'job.expired')"


def _lease() -> dict[str, Any]:
    return {"late": LATE_SECONDS, "lease": settings.JOB_LEASE_SECONDS}


INVARIANTS = [
    by_query(
        "job_start_told",
        "Each job was announced to the outbox once, when it was queued.",
        """
        SELECT 'job:' || job.id, count(event.id) || ' events job.queued'
        FROM documents_job job
        LEFT JOIN accounts_outboxevent event
            ON event.subject = 'job:' || job.id AND event.type = 'job.queued'
        GROUP BY job.id HAVING count(event.id) <> 1
        """,
    ),
    by_query(
        "job_end_told",
        "Each job that has ended has exactly one event of an end, that of its state; others none.",
        f"""
        SELECT 'job:' || job.id, job.state || ', told: ' || coalesce(told.types, 'nothing')
        FROM documents_job job
        LEFT JOIN (
            SELECT subject, string_agg(type, ', ' ORDER BY type) AS types
            FROM accounts_outboxevent WHERE type IN {ENDS} GROUP BY subject
        ) told ON told.subject = 'job:' || job.id
        WHERE told.types IS DISTINCT FROM
            CASE WHEN job.state NOT IN ('queued', 'running') THEN 'job.' || job.state END
        """,  # noqa: S608 - a constant
    ),
    by_query(
        "job_events_of_jobs",
        "Each event about a job is about one that there is, in the same tenant.",
        """
        SELECT event.subject, event.type || CASE
            WHEN job.id IS NULL THEN ', no such job'
            ELSE ' of tenant ' || event.tenant_id || ', job of tenant ' || job.tenant_id END
        FROM accounts_outboxevent event
        LEFT JOIN documents_job job ON 'job:' || job.id = event.subject
        WHERE event.subject LIKE 'job:%'
            AND (job.id IS NULL OR job.tenant_id <> event.tenant_id)
        """,
    ),
    by_query(
        "job_reservation",
        "Only a job that has not ended holds a part of the month's allowance, its own tenant's.",
        """
        SELECT held.source, coalesce(job.state, 'no such job') || ', tenant ' || held.tenant_id
        FROM billing_reservation held
        LEFT JOIN documents_job job ON 'job:' || job.id = held.source
        WHERE held.source LIKE 'job:%' AND (job.id IS NULL OR job.tenant_id <> held.tenant_id
            OR job.state NOT IN ('queued', 'running'))
        """,
    ),
    by_query(
        "job_output_once",
        "A job that has succeeded has one copy, of its own, or had one; no other job has any.",
        """
        SELECT 'job:' || job.id, job.state || ', copy ' || coalesce(job.result_id::text, 'none')
            || ', purged ' || coalesce(job.result_purged_at::text, 'never')
        FROM documents_job job
        WHERE (job.state = 'succeeded')
                <> (job.result_id IS NOT NULL OR job.result_purged_at IS NOT NULL)
            OR (job.result_id IS NOT NULL AND job.result_purged_at IS NOT NULL)
        UNION ALL
        SELECT 'job:' || job.id, 'its copy is the bytes of document ' || document.id
        FROM documents_job job JOIN documents_document document ON document.blob_id = job.result_id
        UNION ALL
        SELECT 'blob:' || result_id, 'the copy of ' || count(*) || ' jobs'
        FROM documents_job WHERE result_id IS NOT NULL GROUP BY result_id HAVING count(*) > 1
        """,
    ),
    by_query(
        "job_usage",
        "A job that has succeeded was counted once: one document, its pages, its bytes. "
        "No other job was, and no other thing calls itself a job.",
        """
        WITH used AS (
            SELECT source, min(tenant_id::text) AS tenant_id,
                jsonb_object_agg(metric, quantity) AS metrics
            FROM billing_usagerecord WHERE source LIKE 'job:%' GROUP BY source
        )
        SELECT coalesce('job:' || job.id, used.source),
            coalesce(job.state, 'no such job') || ', ' || coalesce(job.pages::text, 'unknown')
            || ' pages, counted ' || coalesce(used.metrics::text, 'nothing')
        FROM documents_job job
        FULL JOIN used ON used.source = 'job:' || job.id
        LEFT JOIN documents_document document ON document.id = job.document_id
        LEFT JOIN documents_blob blob ON blob.id = document.blob_id
        WHERE (job.state = 'succeeded') IS DISTINCT FROM (used.source IS NOT NULL)
                AND (job.state = 'succeeded' OR used.source IS NOT NULL)
            OR used.tenant_id <> job.tenant_id::text
            OR (job.state = 'succeeded' AND (
                (used.metrics->>'documents')::bigint IS DISTINCT FROM 1
                OR (used.metrics->>'pages')::bigint IS DISTINCT FROM job.pages
                OR (used.metrics->>'bytes') IS NULL
                OR (used.metrics->>'bytes')::bigint <> blob.size_bytes))
        """,
    ),
    by_query(
        "job_lease",
        "A running job has a lease that is not long over and not longer than leases are; "
        "no other job has one; no job was tried more often than it may be.",
        """
        SELECT 'job:' || id, state || ', attempt ' || attempt || ' of ' || max_attempts
            || ', leased until ' || coalesce(lease_until::text, 'never')
        FROM documents_job
        WHERE (state = 'running') <> (lease_token IS NOT NULL AND lease_until IS NOT NULL)
            OR (lease_token IS NULL) <> (lease_until IS NULL)
            OR lease_until < statement_timestamp() - make_interval(secs => %(late)s)
            OR lease_until > statement_timestamp() + make_interval(secs => %(late)s + 2 * %(lease)s)
            OR attempt > max_attempts
        """,
        _lease,
    ),
    by_query(
        "job_not_stuck",
        "No job waits longer than the day after which it expires, or is running before it began; "
        "what has ended says when, and why if it failed.",
        """
        SELECT 'job:' || id, state || ' since ' || created_at || ', started '
            || coalesce(started_at::text, 'never') || ', finished '
            || coalesce(finished_at::text, 'never') || ' ' || error_code
        FROM documents_job
        WHERE (state = 'queued' AND created_at < statement_timestamp() - interval '25 hours')
            OR (state = 'running' AND started_at IS NULL)
            OR (state IN ('queued', 'running')) <> (finished_at IS NULL)
            OR (state = 'failed') <> (error_code <> '')
            OR state NOT IN ('queued', 'running', 'succeeded', 'failed', 'cancelled', 'expired')
        """,
    ),
]
