"""What holds ledger, months, terms, invoices and credit notes together."""

from __future__ import annotations

from config.invariants import by_query

_NUMBER = "series || '-' || year || '-' || lpad(sequence::text, 6, '0')"

INVOICE_INVARIANTS = [
    by_query(
        "invoice_totals",
        "A document's net is the sum of its lines, its total net and tax; the tax of an invoice is"
        " its rate on the net, rounded once.",
        f"""
        SELECT 'invoice:' || invoice.id, {_NUMBER} || ': net ' || net || ', lines '
            || coalesce(lines.amount, 0) || ', tax ' || tax || ' at ' || tax_rate || ', total '
            || total
        FROM billing_invoice invoice LEFT JOIN (
            SELECT invoice_id, sum(amount) AS amount FROM billing_invoiceline GROUP BY invoice_id
        ) lines ON lines.invoice_id = invoice.id
        WHERE net <> coalesce(lines.amount, 0) OR total <> net + tax
            OR (kind = 'invoice' AND tax <> (2 * net * tax_rate + 10000) / 20000)
        """,  # noqa: S608 - built from constants
    ),
    by_query(
        "invoice_numbers",
        "The numbers of a series begin with 1 in each year and have no gap; the counter has given"
        " out the last.",
        """
        SELECT 'series:' || coalesce(given.series, counter.series), coalesce(given.year,
            counter.year) || ': ' || coalesce(given.documents, 0) || ' documents of numbers '
            || coalesce(given.first, 0) || ' to ' || coalesce(given.last, 0) || ', counted '
            || coalesce(counter.last, 0)
        FROM (
            SELECT series, year, count(DISTINCT sequence) AS numbers, count(*) AS documents,
                min(sequence) AS first, max(sequence) AS last
            FROM billing_invoice GROUP BY series, year
        ) given FULL JOIN billing_invoicecounter counter
            ON counter.series = given.series AND counter.year = given.year
        WHERE (given.numbers, given.documents, given.first, given.last)
            IS DISTINCT FROM (counter.last, counter.last, 1, counter.last)
        """,
    ),
    by_query(
        "invoice_once_a_turn",
        "A moment at which a month ends or a term begins is billed once in each currency.",
        """
        SELECT 'tenant:' || tenant_id, count(*) || ' of kind ' || kind || ' for ' || turn_at
        FROM billing_invoice WHERE turn_at IS NOT NULL
        GROUP BY tenant_id, turn_at, kind, currency HAVING count(*) > 1
        """,
    ),
    by_query(
        "invoice_pages_are_ledger",
        "What was billed for a month's further pages is what the ledger has charged to it beyond"
        " the included ones, at the month's price.",
        """
        SELECT 'quota:' || quota.id, 'tenant ' || quota.tenant_id || ': ledger '
            || coalesce(ledger.pages, 0) || ' pages, ' || due.pages || ' of them for ' || due.amount
            || '; billed ' || quota.billed || ', on invoices ' || coalesce(lines.pages, 0)
            || ' for ' || coalesce(lines.amount, 0)
        FROM billing_quota quota
        LEFT JOIN (
            SELECT quota_id, sum(quantity) AS pages FROM billing_usagerecord
            WHERE metric = 'pages' AND quota_id IS NOT NULL GROUP BY quota_id
        ) ledger ON ledger.quota_id = quota.id
        LEFT JOIN (
            SELECT quota_id, sum(quantity) AS pages, sum(amount) AS amount
            FROM billing_invoiceline WHERE kind = 'pages' GROUP BY quota_id
        ) lines ON lines.quota_id = quota.id,
        LATERAL (
            SELECT CASE WHEN quota.page_price > 0
                THEN greatest(0, coalesce(ledger.pages, 0) - quota.included_pages)
                ELSE 0 END AS pages
        ) beyond,
        LATERAL (
            SELECT coalesce(beyond.pages, 0)::bigint AS pages,
                ((coalesce(beyond.pages, 0) * coalesce(quota.page_price, 0) + 999)::bigint / 1000)
                AS amount
        ) due
        WHERE (quota.billed IS NULL AND lines.quota_id IS NOT NULL)
            OR (quota.billed IS NOT NULL AND (quota.billed, coalesce(lines.pages, 0),
                coalesce(lines.amount, 0)) <> (due.amount, due.pages, due.amount))
        """,
    ),
    by_query(
        "invoice_terms",
        "A term that was billed stands on one invoice at its price, and no other does.",
        """
        SELECT 'term:' || term.id, 'tenant ' || term.tenant_id || ': ' || term.price || ', '
            || CASE WHEN term.is_billed THEN 'billed' ELSE 'not billed' END || ', on '
            || count(line.id) || ' invoices at ' || coalesce(sum(line.amount), 0)
        FROM billing_term term
        LEFT JOIN billing_invoiceline line ON line.term_id = term.id AND line.kind = 'plan'
        GROUP BY term.id
        HAVING count(line.id) <> term.is_billed::int
            OR (term.is_billed AND sum(line.amount) <> term.price)
        """,
    ),
    by_query(
        "credit_within_invoice",
        "Credit notes take back no more than their invoice has charged, neither net nor tax.",
        """
        SELECT 'invoice:' || invoice.id, invoice.net || ' and ' || invoice.tax || ' tax, credited '
            || -sum(note.net) || ' and ' || -sum(note.tax)
        FROM billing_invoice note JOIN billing_invoice invoice ON invoice.id = note.credits_id
        GROUP BY invoice.id
        HAVING invoice.kind <> 'invoice' OR invoice.net + sum(note.net) < 0
            OR invoice.tax + sum(note.tax) < 0
        """,
    ),
    by_query(
        "invoice_told",
        "Each document was told once, and is mailed.",
        """
        SELECT 'invoice:' || invoice.id, count(DISTINCT event.id) || ' events, '
            || count(DISTINCT mail.id) || ' mails'
        FROM billing_invoice invoice
        LEFT JOIN accounts_outboxevent event ON event.type = 'invoice.issued'
            AND event.subject = 'invoice:' || invoice.id
        LEFT JOIN billing_invoicemail mail ON mail.invoice_id = invoice.id
        GROUP BY invoice.id
        HAVING (count(DISTINCT event.id), count(DISTINCT mail.id)) <> (1, 1)
        """,
    ),
    by_query(
        "period_closed_in_time",
        "A month that has ended is closed within three days: by then all of its work has ended.",
        """
        SELECT 'quota:' || id, 'tenant ' || tenant_id || ': ended ' || ends_at || ', under way '
            || documents_reserved || ' documents'
        FROM billing_quota
        WHERE closed_at IS NULL AND ends_at < statement_timestamp() - interval '3 days'
        """,
    ),
    by_query(
        "issued_guarded",
        "Nobody can change or delete what was issued: the triggers are awake.",
        """
        SELECT 'trigger:' || wanted.name, CASE tgenabled WHEN 'D' THEN 'is disabled'
            WHEN 'R' THEN 'is for replicas only' ELSE 'is gone' END
        FROM (VALUES ('billing_invoice'), ('billing_invoiceline')) tables(name)
        CROSS JOIN LATERAL (SELECT tables.name || '_append_only') wanted(name)
        LEFT JOIN pg_trigger ON tgname = wanted.name AND tgrelid = tables.name::regclass
        WHERE tgenabled IS NULL OR tgenabled NOT IN ('O', 'A')
        """,
    ),
]
