"""Reporting to Stripe what further pages cost: each minor unit once, whatever dies in between.

A report is a row before it is sent, and named by what of the month it covers: who sends it again,
because nobody knows what became of it, says the same, and Stripe counts a name once a day.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import stripe
from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Now

from billing.models import MeterReport, ProviderAccount
from billing.providers.stripe.client import NAME, api, log, said
from billing.services.spending import spent

EVENT_NAME = "countermark_further_pages"
BATCH = 50
LONGEST_PAUSE = timedelta(hours=1)
# Stripe knows names again for a day at least. Later than that, staff look first.
KNOWN_AGAIN = timedelta(hours=23)

# A month's late work still counts to it while Stripe's invoice is a draft, for an hour.
_WRITE = f"""
    INSERT INTO billing_meterreport
        (id, tenant_id, quota_id, spent_before, spent_after, created_at, counts_at, attempts,
        try_at, last_error)
    SELECT gen_random_uuid(), quota.tenant_id, quota.id, coalesce(reported.amount, 0),
        {spent("quota.pages_used", "quota")}, statement_timestamp(),
        CASE WHEN quota.ends_at > statement_timestamp() - interval '50 minutes'
            THEN least(statement_timestamp(), quota.ends_at - interval '1 second')
            ELSE statement_timestamp() END,
        0, statement_timestamp(), ''
    FROM billing_provideraccount account
    JOIN billing_quota quota ON quota.tenant_id = account.tenant_id
        AND quota.provider = account.provider
        AND quota.ends_at > statement_timestamp() - interval '40 days'
    LEFT JOIN LATERAL (
        SELECT max(spent_after) AS amount FROM billing_meterreport WHERE quota_id = quota.id
    ) reported ON true
    WHERE account.provider = 'stripe' AND quota.page_price IS NOT NULL
        AND quota.pages_used > quota.included_pages
        AND {spent("quota.pages_used", "quota")} > coalesce(reported.amount, 0)
    ON CONFLICT (quota_id, spent_before) DO NOTHING
"""  # noqa: S608 - built from constants
_CLAIM = """
    UPDATE billing_meterreport SET attempts = attempts + 1,
        first_tried_at = coalesce(first_tried_at, statement_timestamp()),
        try_at = statement_timestamp() + %(lease)s
    WHERE id = (
        SELECT id FROM billing_meterreport WHERE try_at <= statement_timestamp()
        ORDER BY try_at LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    RETURNING id
"""


def write_reports() -> int:
    """Write down what has been spent since the last reports; return how many there are."""
    with connection.cursor() as cursor:
        cursor.execute(_WRITE)
        return int(cursor.rowcount)


def send_reports() -> int:
    """Send what is written down; return how many were tried."""
    tried = 0
    while tried < BATCH and (report := _claim()):
        _send(report)
        tried += 1
    return tried


def _claim() -> MeterReport | None:
    # Longer than two attempts of the library.
    given: dict[str, Any] = {"lease": timedelta(seconds=30 + 4 * settings.STRIPE_TIMEOUT_SECONDS)}
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, given)
        row = cursor.fetchone()
    return MeterReport.objects.get(pk=row[0]) if row else None


def _send(report: MeterReport) -> None:
    account = ProviderAccount.objects.filter(tenant_id=report.tenant_id, provider=NAME).first()
    if account is None:
        return _give_up(report, "The workspace has no customer at Stripe.")
    if _waiting(report).filter(first_tried_at__lt=Now() - KNOWN_AGAIN).exists():
        return _give_up(report, f"Nobody knows whether it was counted: {report.last_error}")
    try:
        api().billing.meter_events.create(
            params={
                "event_name": EVENT_NAME,
                "identifier": report.identifier,
                "timestamp": int(report.counts_at.timestamp()),
                "payload": {
                    "stripe_customer_id": account.customer_id,
                    "value": str(report.amount),
                },
            },
            options={"idempotency_key": report.identifier},
        )
    except stripe.InvalidRequestError as error:
        if not _is_known(error):
            return _give_up(report, said(error))
    except stripe.StripeError as error:
        return _put_off(report, said(error))
    _waiting(report).update(sent_at=Now(), try_at=None, last_error="")


def _is_known(error: stripe.StripeError) -> bool:
    """Whether Stripe has counted this name before."""
    return error.code == "duplicate_meter_event" or "already exists" in str(error)


def _put_off(report: MeterReport, error: str) -> None:
    pause = min(timedelta(seconds=15 * 2 ** min(report.attempts, 10)), LONGEST_PAUSE)
    _waiting(report).update(try_at=Now() + pause, last_error=error[:300])
    log.warning("meter_report_put_off", report=report.identifier, error=error)


def _give_up(report: MeterReport, error: str) -> None:
    _waiting(report).update(failed_at=Now(), try_at=None, last_error=error[:300])
    log.error("meter_report_failed", report=report.identifier, error=error)


def _waiting(report: MeterReport) -> QuerySet[MeterReport]:
    return MeterReport.objects.filter(pk=report.pk, sent_at__isnull=True, failed_at__isnull=True)
