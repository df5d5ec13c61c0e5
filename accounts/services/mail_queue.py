"""Sending what waits to be mailed, one at a time, and asking again later for what was not sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import structlog
from django.core.mail import EmailMultiAlternatives
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import DateTimeField, ExpressionWrapper, QuerySet, Value
from django.db.models.functions import Now

log = structlog.get_logger("accounts.mails")

AGAIN = timedelta(minutes=10)


def mail_next(
    *, waiting: QuerySet[Any], compose: Callable[[Any], EmailMultiAlternatives], kind: str
) -> int:
    """Mail the row that has waited longest; return to how many rows it has seen, one at most.

    A transaction for each, so that a failure sends no earlier mail again. A mail server that is
    away is asked again later. A relay that dies between sending and noting it sends a second time:
    better twice than never.
    """
    with transaction.atomic():
        row = (
            waiting.select_for_update(skip_locked=True, of=("self",))
            .filter(mailed_at__isnull=True, mail_after__lte=Now())
            .order_by("mail_after")
            .first()
        )
        if row is None:
            return 0
        later = ExpressionWrapper(Now() + Value(AGAIN), output_field=DateTimeField())
        is_sent = _is_sent(row, compose, kind)
        change = {"mailed_at": Now()} if is_sent else {"mail_after": later}
        type(row).objects.filter(pk=row.pk).update(**change)
    return 1


def _is_sent(row: Any, compose: Callable[[Any], EmailMultiAlternatives], kind: str) -> bool:
    try:
        compose(row).send()
    except (OperationalError, InterfaceError):
        raise
    except OSError as error:  # of the mail server, too: smtplib's own are OSErrors
        log.warning("not_mailed", kind=kind, row=str(row.pk), error=str(error))
    except Exception:  # one that cannot be written keeps no other from being sent
        log.exception("not_mailed", kind=kind, row=str(row.pk))
    else:
        return True
    return False
