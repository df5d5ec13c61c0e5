"""Of batches: counted right, ended with their last item, told once for each time they ran."""

from __future__ import annotations

from config.invariants import by_query

INVARIANTS = [
    by_query(
        "batch_counters",
        "A batch counts its items as their jobs are; what was refused has failed.",
        """
        WITH counted AS (
            SELECT item.batch_id, count(*) AS total,
                count(*) FILTER (WHERE job.state = 'succeeded') AS succeeded,
                count(*) FILTER (WHERE job.state = 'failed' OR item.error_code <> '') AS failed,
                count(*) FILTER (WHERE job.state = 'cancelled'
                    OR (item.error_code = '' AND job.id IS NULL AND batch.state = 'cancelled')
                ) AS cancelled,
                count(*) FILTER (WHERE job.state = 'expired') AS expired
            FROM documents_batchitem item
            JOIN documents_batch batch ON batch.id = item.batch_id
            LEFT JOIN documents_job job ON job.id = item.job_id
            GROUP BY item.batch_id
        )
        SELECT 'batch:' || batch.id, concat_ws(' ', batch.state || ', counts', batch.total,
            batch.succeeded, batch.failed, batch.cancelled, batch.expired, 'of its items',
            counted.total, counted.succeeded, counted.failed, counted.cancelled, counted.expired)
        FROM documents_batch batch LEFT JOIN counted ON counted.batch_id = batch.id
        WHERE (batch.total, batch.succeeded, batch.failed, batch.cancelled, batch.expired)
            IS DISTINCT FROM (coalesce(counted.total, 0), coalesce(counted.succeeded, 0),
                coalesce(counted.failed, 0), coalesce(counted.cancelled, 0),
                coalesce(counted.expired, 0))
        """,
    ),
    by_query(
        "batch_end",
        "A batch has ended when its last item has, and how that says; no other batch has.",
        """
        SELECT 'batch:' || id, concat_ws(' ', state || ', run', runs || ', ended',
            succeeded + failed + cancelled + expired, 'of', total || ', finished',
            coalesce(finished_at::text, 'never'))
        FROM documents_batch
        WHERE (state IN ('open', 'running')) <> (finished_at IS NULL)
            OR (state = 'open' AND runs <> 0)
            OR (state NOT IN ('open', 'cancelled') AND runs = 0)
            OR (state = 'running' AND succeeded + failed + cancelled + expired = total)
            OR (finished_at IS NOT NULL AND succeeded + failed + cancelled + expired <> total)
            OR (state = 'completed' AND succeeded <> total)
            OR (state = 'failed' AND succeeded <> 0)
            OR (state = 'completed_with_errors' AND succeeded IN (0, total))
            OR (state = 'cancelled' AND cancelled = 0 AND runs > 0)
        """,
    ),
    by_query(
        "batch_jobs",
        "An item's job is its batch's, marks its document, and is no other's; each live job of a"
        " batch is an item's.",
        """
        SELECT 'item:' || item.id, 'of batch ' || item.batch_id || ', its job of '
            || coalesce(job.batch_id::text, 'none') || ', document '
            || coalesce(item.document_id::text, 'none') || ', its job of ' || job.document_id
        FROM documents_batchitem item JOIN documents_job job ON job.id = item.job_id
        WHERE job.batch_id IS DISTINCT FROM item.batch_id
            OR job.document_id IS DISTINCT FROM item.document_id
        UNION ALL
        SELECT 'job:' || job.id, job.state || ', of batch ' || job.batch_id || ', but of no item'
        FROM documents_job job LEFT JOIN documents_batchitem item ON item.job_id = job.id
        WHERE job.batch_id IS NOT NULL AND item.id IS NULL AND job.state IN ('queued', 'running')
        """,
    ),
    by_query(
        "batch_told",
        "Each run of a batch was told to the outbox once, and its end with the state that it has.",
        """
        SELECT 'batch:' || batch.id, batch.state || ', run ' || batch.runs || ', told: '
            || coalesce(told.types, 'nothing')
        FROM documents_batch batch
        LEFT JOIN (
            SELECT subject, string_agg(type, ', ' ORDER BY id) AS types
            FROM accounts_outboxevent WHERE subject LIKE 'batch:%' GROUP BY subject
        ) told ON told.subject = 'batch:' || batch.id
            || CASE WHEN batch.runs > 1 THEN ':' || batch.runs ELSE '' END
        WHERE told.types IS DISTINCT FROM CASE
            WHEN batch.state = 'open' THEN NULL
            WHEN batch.runs = 0 THEN 'batch.cancelled'
            WHEN batch.state = 'running' THEN 'batch.started'
            ELSE 'batch.started, batch.' || batch.state END
        """,
    ),
]
