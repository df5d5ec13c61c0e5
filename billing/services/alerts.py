"""Telling that an allowance comes to its end: once for each level of each unit and month.

Levels only rise. What is counted may fall again, as where work fails or staff adjust it; a level
below one that was told would then be news that things are better.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.template.loader import render_to_string

from accounts.models import NotificationKind
from accounts.services.mail_queue import mail_next
from accounts.services.notifications import mail_addresses, notify
from accounts.services.outbox import emit
from billing.models import UsageAlert
from billing.services.plans import currency_of

LEVELS = (100, 80, 50)
UNITS = ("documents", "pages", "bytes", "spend")
_TELL = """
    INSERT INTO billing_usagealert
        (id, tenant_id, quota_id, unit, percent, "limit", used, api_key_id, created_at, mail_after)
    SELECT %(id)s, %(tenant)s, %(quota)s, %(unit)s, %(percent)s, %(limit)s, %(used)s, %(key)s,
        statement_timestamp(), statement_timestamp()
    WHERE NOT EXISTS (
        SELECT FROM billing_usagealert told
        WHERE told.quota_id = %(quota)s AND told.unit = %(unit)s
            AND told.api_key_id IS NOT DISTINCT FROM %(key)s
            -- Of a limit that was raised since it told nothing.
            AND told.percent >= %(percent)s AND told."limit" >= %(limit)s
    )
    ON CONFLICT (quota_id, unit, percent, api_key_id) DO NOTHING
"""


def notice(*, tenant_id: UUID, quota_id: UUID, figures: Sequence[int | None]) -> None:
    """Write down the levels that a month has reached: of used and limit of each unit in turn.

    In the transaction that uses: the month's row is locked, so that nobody else tells it too.
    """
    for index, unit in enumerate(UNITS):
        used, limit = figures[2 * index : 2 * index + 2]
        _notice(tenant_id, quota_id, unit, used, limit)


def notice_of_key(
    *, tenant_id: UUID, quota_id: UUID, api_key_id: UUID, spent: int, cap: int
) -> None:
    """Write down the level of its cap that a key has reached; as ``notice``."""
    _notice(tenant_id, quota_id, "key_spend", spent, cap, api_key_id)


def _notice(
    tenant_id: UUID,
    quota_id: UUID,
    unit: str,
    used: int | None,
    limit: int | None,
    api_key_id: UUID | None = None,
) -> None:
    if not used or not limit:
        return
    level = next((each for each in LEVELS if used * 100 >= limit * each), 0)
    if not level:
        return
    alert_id = uuid.uuid4()
    told: dict[str, Any] = {"unit": unit, "percent": level, "limit": limit, "used": used}
    row = {"id": alert_id, "tenant": tenant_id, "quota": quota_id, "key": api_key_id, **told}
    with connection.cursor() as cursor:
        cursor.execute(_TELL, row)
        if not cursor.rowcount:
            return
    emit(
        tenant_id=tenant_id,
        type="usage.threshold_reached",
        subject=f"alert:{alert_id}",
        payload={
            "id": str(alert_id),
            **told,
            "api_key_id": str(api_key_id) if api_key_id else None,
        },
    )
    alert = UsageAlert.objects.select_related("api_key").get(pk=alert_id)
    notify(
        tenant_id=tenant_id,
        kind=NotificationKind.USAGE_ALERT,
        text=f"{level} % of this month's {alert.measure} used",
        path="/billing/",
    )


def mail_alerts() -> int:
    """Mail one alert to those who see to the money (the relay's); return 0 where none waits."""
    waiting = UsageAlert.objects.select_related("tenant", "quota", "api_key")
    return mail_next(waiting=waiting, compose=_message, kind="alert")


def subject_of_alert(alert: UsageAlert) -> str:
    """Return what the mail says above all."""
    return f"{alert.percent} % of this month's {alert.measure} used · {alert.tenant.name}"


def _message(alert: UsageAlert) -> EmailMultiAlternatives:
    context: dict[str, Any] = {
        "alert": alert,
        "tenant": alert.tenant,
        "currency": currency_of(alert.tenant_id),
        "sells_more": alert.unit == "pages" and alert.quota.page_price is not None,
        "address": f"{settings.PUBLIC_URL}/billing/",
    }
    message = EmailMultiAlternatives(
        subject=subject_of_alert(alert),
        body=render_to_string("emails/usage_alert.txt", context),
        to=[],
        bcc=mail_addresses(tenant_id=alert.tenant_id, kind=NotificationKind.USAGE_ALERT),
    )
    message.attach_alternative(render_to_string("emails/usage_alert.html", context), "text/html")
    return message
