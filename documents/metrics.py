"""What there is to count of the work (config/metrics)."""

from __future__ import annotations

from config.metrics.number import Number

# The last look that has ended.
_LAST_CHECK = """
    SELECT * FROM documents_nightlycheck
    WHERE ended_at IS NOT NULL ORDER BY ended_at DESC LIMIT 1
"""

METRICS = [
    Number(
        "jobs",
        "Jobs that are waiting or worked on.",
        # Apart, so that each uses its partial index: ended jobs are many.
        """
        SELECT 'queued', count(*) FROM documents_job WHERE state = 'queued'
        UNION ALL SELECT 'running', count(*) FROM documents_job WHERE state = 'running'
        """,
        labels=("state",),
    ),
    Number(
        "oldest_due_job_seconds",
        "How long the job that may start, and has waited longest, has waited.",
        """
        SELECT coalesce(extract(epoch FROM statement_timestamp() - min(run_after)), 0)
        FROM documents_job WHERE state = 'queued' AND run_after <= statement_timestamp()
        """,
    ),
    Number(
        "resumable_uploads",
        "Resumable uploads that are not complete.",
        """
        SELECT count(*) FROM documents_resumableupload
        WHERE document_id IS NULL AND expires_at > statement_timestamp()
        """,
    ),
    Number(
        "invariant_held",
        "Whether the last nightly look found it true: 1, 0, or -1 if it could not be looked at.",
        f"""
        SELECT finding.name,
            CASE finding.status WHEN 'held' THEN 1 WHEN 'broken' THEN 0 ELSE -1 END
        FROM ({_LAST_CHECK}) looked,
            jsonb_to_recordset(looked.findings) AS finding(name text, status text)
        """,  # noqa: S608 - a constant
        labels=("invariant",),
    ),
    Number(
        "invariant_breaches",
        "Things of which the last nightly look found an invariant not to hold.",
        f"""
        SELECT finding.name, finding.count
        FROM ({_LAST_CHECK}) looked,
            jsonb_to_recordset(looked.findings) AS finding(name text, count bigint)
        """,  # noqa: S608 - a constant
        labels=("invariant",),
    ),
    Number(
        "invariants_checked_timestamp_seconds",
        "When the last nightly look at the invariants ended (Unix time).",
        f"SELECT extract(epoch FROM looked.ended_at) FROM ({_LAST_CHECK}) looked",  # noqa: S608 - a constant
    ),
]
