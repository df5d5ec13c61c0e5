"""Writing request lines: numbered for each tenant, so that each new one displaces an old one.

A tenant's tally is locked while its lines are numbered. The tenant has ``LINES_KEPT`` lines at
most, after every commit and at the cost of the lines that are written, and in a minute no more than
its share. What a key is refused for its rate is one line a minute in each process, with a count.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models.functions import Now, TruncMinute

from accounts.models import RequestTally
from accounts.services.request_notes import RATE_LIMITED, Line, Who
from config.database.reach import all_tenants

LINES_KEPT = 50_000

# Tenants that have gone meanwhile take their lines with them.
_BEGIN = """
    INSERT INTO accounts_requesttally (tenant_id, last_number, minute, went_well, went_wrong)
    SELECT id, 0, statement_timestamp(), 0, 0 FROM accounts_tenant
    WHERE id = ANY(%s) ORDER BY id ON CONFLICT DO NOTHING
"""
_COUNT = """
    UPDATE accounts_requesttally AS tally
    SET last_number = counted.last_number, minute = counted.minute,
        went_well = counted.went_well, went_wrong = counted.went_wrong
    FROM unnest(%s::uuid[], %s::bigint[], %s::timestamptz[], %s::int[], %s::int[])
        AS counted (tenant_id, last_number, minute, went_well, went_wrong)
    WHERE tally.tenant_id = counted.tenant_id
"""
_WRITE = """
    INSERT INTO accounts_loggedrequest
        (tenant_id, number, at, request_id, method, path, status, milliseconds, api_key_id,
        user_id, times)
    SELECT tenant_id, number, statement_timestamp() - make_interval(secs => age),
        request_id, method, path, status, milliseconds, api_key_id, user_id, times
    FROM unnest(
        %s::uuid[], %s::bigint[], %s::float8[], %s::text[], %s::text[], %s::text[], %s::int[],
        %s::int[], %s::uuid[], %s::uuid[], %s::int[]
    ) AS line (
        tenant_id, number, age, request_id, method, path, status, milliseconds, api_key_id,
        user_id, times
    )
"""
_DISPLACE = """
    DELETE FROM accounts_loggedrequest AS line
    USING unnest(%s::uuid[], %s::bigint[]) AS oldest (tenant_id, number)
    WHERE line.tenant_id = oldest.tenant_id AND line.number = oldest.number
"""
_AGAIN = """
    UPDATE accounts_loggedrequest AS line SET times = line.times + again.times
    FROM unnest(%s::uuid[], %s::bigint[], %s::int[]) AS again (tenant_id, number, times)
    WHERE line.tenant_id = again.tenant_id AND line.number = again.number
"""

Numbered = tuple[Line, int]


class Writer:
    """Writes the lines of a process, one batch after the other.

    It knows which lines of this minute say that somebody is refused for their rate.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._limited: dict[Who, tuple[int, datetime]] = {}

    def write(self, lines: Sequence[Line]) -> int:
        """Write what there is room for; return for how many there was none."""
        with self._lock, all_tenants():
            with transaction.atomic():
                tallies, minute = _tallies_of(lines)
                again = [
                    (line, number)
                    for line in lines
                    if (number := self._number_of_limited(line, minute)) is not None
                ]
                known = {line.who for line, _ in again}
                fresh = _numbered(
                    (line for line in lines if not _is_among(line, known)), tallies, minute
                )
                _store(tallies, fresh, again)
            self._remember(fresh, minute)
            return len(lines) - len(fresh) - len(again)

    def _number_of_limited(self, line: Line, minute: datetime) -> int | None:
        number, of_minute = self._limited.get(line.who, (None, None))
        return number if line.status == RATE_LIMITED and of_minute == minute else None

    def _remember(self, fresh: Iterable[Numbered], minute: datetime) -> None:
        self._limited = {
            who: (number, of) for who, (number, of) in self._limited.items() if of == minute
        } | {line.who: (number, minute) for line, number in fresh if line.status == RATE_LIMITED}


def _is_among(line: Line, limited: set[Who]) -> bool:
    return line.status == RATE_LIMITED and line.who in limited


def _tallies_of(lines: Iterable[Line]) -> tuple[dict[UUID, RequestTally], datetime]:
    """Return the tallies, locked in one order by whoever writes, and the minute that it is."""
    ids = sorted({line.tenant_id for line in lines})
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN, [ids])
    locked = RequestTally.objects.select_for_update().filter(tenant_id__in=ids)
    now = TruncMinute(Now(), tzinfo=UTC)
    found = list(locked.annotate(now=now).order_by("tenant_id"))
    minutes = {tally.now for tally in found}
    return {tally.pk: tally for tally in found}, max(minutes, default=datetime.min)


def _numbered(
    lines: Iterable[Line], tallies: dict[UUID, RequestTally], minute: datetime
) -> list[Numbered]:
    numbered = []
    for line in lines:
        tally = tallies.get(line.tenant_id)
        number = tally and tally.next_number(minute=minute, is_well=line.is_well)
        if number:
            numbered.append((line, number))
    return numbered


def _store(
    tallies: dict[UUID, RequestTally], fresh: Sequence[Numbered], again: Sequence[Numbered]
) -> None:
    of = [each for each, _ in fresh]
    now = time.monotonic()
    _execute(_COUNT, _columns(tallies.values(), "pk last_number minute went_well went_wrong"))
    _execute(
        _WRITE,
        [
            [line.tenant_id for line in of],
            [number for _, number in fresh],
            [now - line.noted_at for line in of],
            *_columns(of, "request_id method path status milliseconds api_key_id user_id times"),
        ],
    )
    _execute(
        _DISPLACE,
        [[line.tenant_id for line in of], [number - LINES_KEPT for _, number in fresh]],
    )
    _execute(
        _AGAIN,
        [
            [line.tenant_id for line, _ in again],
            [number for _, number in again],
            [line.times for line, _ in again],
        ],
    )


def _columns(rows: Iterable[Any], names: str) -> list[list[Any]]:
    rows = list(rows)
    return [[getattr(row, name) for row in rows] for name in names.split()]


def _execute(sql: str, columns: list[list[Any]]) -> None:
    """Run a statement of rows, if there are any."""
    if columns[0]:
        with connection.cursor() as cursor:
            cursor.execute(sql, columns)
