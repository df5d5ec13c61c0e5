"""Looking at the invariants once a night, beside the relay's other chores."""

from __future__ import annotations

from threading import Thread

import structlog
from django.db import connection
from django.db.models.functions import Now

from config.invariants import BROKEN, UNCHECKED, Finding, look_at_invariants
from documents.models import NightlyCheck

log = structlog.get_logger(__name__)

# A night begins at three o'clock (UTC, of the database's clock). One row a night: of several
# relays one makes it; a look that has not ended after two hours was its relay's end too.
BEGIN = """
    INSERT INTO documents_nightlycheck (night, began_at, findings)
    VALUES ((statement_timestamp() AT TIME ZONE 'UTC' - interval '3 hours')::date,
            statement_timestamp(), '[]')
    ON CONFLICT (night) DO UPDATE SET began_at = statement_timestamp()
    WHERE documents_nightlycheck.ended_at IS NULL
        AND documents_nightlycheck.began_at < statement_timestamp() - interval '2 hours'
    RETURNING id
"""

_threads: list[Thread] = []


def check_nightly() -> int:
    """Begin tonight's look, unless somebody has; return how many were begun.

    In a thread: reading all tables takes longer than waiting jobs should wait for the relay.
    """
    with connection.cursor() as cursor:
        cursor.execute(BEGIN)
        begun = cursor.fetchone()
    if begun is None:
        return 0
    thread = Thread(target=_look, args=begun, name="nightly-check", daemon=True)
    _threads[:] = [thread]
    thread.start()
    return 1


def finish_check() -> None:
    """Wait for the look that this process has begun, if any."""
    for thread in _threads:
        thread.join()


def _look(check_id: int) -> None:
    try:
        findings = look_at_invariants()
        held = holds(findings)
        NightlyCheck.objects.filter(pk=check_id).update(
            ended_at=Now(), held=held, findings=[finding.as_dict() for finding in findings]
        )
        log.log(
            20 if held else 40,
            "invariants",
            held=held,
            milliseconds=round(sum(finding.milliseconds for finding in findings)),
            broken=[finding.name for finding in findings if finding.status == BROKEN],
        )
    except Exception:
        log.exception("nightly_check_failed")  # tried again in two hours
    finally:
        connection.close()


def holds(findings: list[Finding]) -> bool | None:
    """Return whether all invariants hold; None when none is broken but one was not looked at."""
    found = {finding.status for finding in findings}
    if BROKEN in found:
        return False
    return None if UNCHECKED in found else True
