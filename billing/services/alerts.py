"""Telling that an allowance comes to its end: once for each level of each unit and month."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
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
        (id, tenant_id, quota_id, unit, percent, "limit", used, created_at, mail_after)
    VALUES (%s, %s, %s, %s, %s, %s, %s, statement_timestamp(), statement_timestamp())
    ON CONFLICT (quota_id, unit, percent) DO NOTHING
"""


def notice(*, tenant_id: UUID, quota_id: UUID, figures: Sequence[int | None]) -> None:
    """Write down the levels that a month has reached: of used and limit of each unit in turn.

    In the transaction that uses: the month's row is locked, so that nobody else tells it too.
    """
    for unit, used, limit, level in _reached(figures):
        alert_id = uuid.uuid4()
        with connection.cursor() as cursor:
            cursor.execute(_TELL, [alert_id, tenant_id, quota_id, unit, level, limit, used])
            is_news = bool(cursor.rowcount)
        if is_news:
            emit(
                tenant_id=tenant_id,
                type="usage.threshold_reached",
                subject=f"alert:{alert_id}",
                payload={
                    "id": str(alert_id),
                    "unit": unit,
                    "percent": level,
                    "limit": limit,
                    "used": used,
                },
            )
            words = UsageAlert.Unit(unit).label.lower()
            notify(
                tenant_id=tenant_id,
                kind=NotificationKind.USAGE_ALERT,
                text=f"{level} % of this month's {words} used",
                path="/billing/",
            )


def _reached(figures: Sequence[int | None]) -> Iterator[tuple[str, int, int, int]]:
    for index, unit in enumerate(UNITS):
        used, limit = figures[2 * index : 2 * index + 2]
        if used and limit:
            level = next((each for each in LEVELS if used * 100 >= limit * each), 0)
            if level:
                yield unit, used, limit, level


def mail_alerts() -> int:
    """Mail one alert to those who see to the money (the relay's); return 0 where none waits."""
    waiting = UsageAlert.objects.select_related("tenant", "quota")
    return mail_next(waiting=waiting, compose=_message, kind="alert")


def subject_of_alert(alert: UsageAlert) -> str:
    """Return what the mail says above all."""
    unit = alert.get_unit_display().lower()
    return f"{alert.percent} % of this month's {unit} used · {alert.tenant.name}"


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
