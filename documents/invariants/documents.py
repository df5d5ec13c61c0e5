"""Of documents: told of, and once deleted really gone."""

from __future__ import annotations

from config.invariants import by_query

INVARIANTS = [
    by_query(
        "document_told",
        "Each document was announced to the outbox; its deletion too, and only its deletion.",
        """
        SELECT 'document:' || document.id, 'deleted ' || coalesce(deleted_at::text, 'never')
            || ', told: ' || coalesce(told.types, 'nothing')
        FROM documents_document document
        LEFT JOIN (
            SELECT subject, string_agg(type, ', ' ORDER BY type) AS types
            FROM accounts_outboxevent
            WHERE type IN ('document.created', 'document.deleted') GROUP BY subject
        ) told ON told.subject = 'document:' || document.id
        WHERE told.types IS DISTINCT FROM CASE WHEN document.deleted_at IS NULL
            THEN 'document.created' ELSE 'document.created, document.deleted' END
        """,
    ),
    by_query(
        "document_events_of_documents",
        "Each event about a document is about one that there is, in the same tenant.",
        """
        SELECT event.subject, event.type || CASE
            WHEN document.id IS NULL THEN ', no such document'
            ELSE ' of tenant ' || event.tenant_id || ', document of ' || document.tenant_id END
        FROM accounts_outboxevent event
        LEFT JOIN documents_document document ON 'document:' || document.id = event.subject
        WHERE event.subject LIKE 'document:%'
            AND (document.id IS NULL OR document.tenant_id <> event.tenant_id)
        """,
    ),
    by_query(
        "deletion_has_receipts",
        "The audit log has a receipt of each deletion since it began, and of the bytes' once they "
        "are gone.",
        """
        SELECT 'document:' || document.id, 'deleted ' || deleted_at || ', bytes '
            || coalesce(blob_id::text, 'gone') || ', receipts: ' || coalesce(kept.actions, 'none')
        FROM documents_document document
        LEFT JOIN (
            SELECT tenant_id, subject, string_agg(action, ', ' ORDER BY action) AS actions
            FROM accounts_auditentry
            WHERE action IN ('document.deleted', 'document.purged') GROUP BY tenant_id, subject
        ) kept ON kept.subject = 'document:' || document.id
            AND kept.tenant_id = document.tenant_id
        WHERE deleted_at >= (
                SELECT coalesce(min(applied), '-infinity') FROM django_migrations
                WHERE app = 'accounts' AND name LIKE '%_audit_log')
            AND kept.actions IS DISTINCT FROM CASE WHEN blob_id IS NULL
                THEN 'document.deleted, document.purged' ELSE 'document.deleted' END
        """,
    ),
    by_query(
        "deleted_is_gone",
        "A document has its bytes until it is deleted, and none a day later; "
        "a copy none a day after its time.",
        """
        SELECT 'document:' || id, 'deleted ' || coalesce(deleted_at::text, 'never')
            || ', bytes ' || coalesce(blob_id::text, 'gone')
        FROM documents_document
        WHERE (deleted_at IS NULL AND blob_id IS NULL)
            OR (blob_id IS NOT NULL AND deleted_at < statement_timestamp() - interval '1 day')
        UNION ALL
        SELECT 'job:' || id, 'its copy was to go ' || expires_at
        FROM documents_job
        WHERE result_id IS NOT NULL AND expires_at < statement_timestamp() - interval '1 day'
        """,
    ),
]
