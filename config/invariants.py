"""What must always be true of the rows and the bytes, each by a name, and the look at all of it.

A room says what it keeps true in its ``invariants.py``: a list ``INVARIANTS``. Nothing else has to
know of it; ``manage.py check_invariants``, the nightly look and the fault tests find it there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from importlib import import_module
from itertools import chain
from typing import Any

import structlog
from django.apps import apps
from django.db import connection, transaction
from django.utils.module_loading import module_has_submodule

log = structlog.get_logger("invariants")

EXAMPLES = 20
HELD, BROKEN, UNCHECKED = "held", "broken", "unchecked"


@dataclass(frozen=True, slots=True)
class Breach:
    """One thing of which an invariant does not hold: ``job:<uuid>`` and what is wrong with it."""

    subject: str
    detail: str


@dataclass(frozen=True, slots=True)
class Look:
    """How closely to look; ``read_bytes``: hash every stored object, which reads them all."""

    read_bytes: bool = False


@dataclass(frozen=True, slots=True)
class Invariant:
    """Something always true. ``find`` yields what breaks it; ``sql`` is the query, if it is one."""

    name: str
    description: str
    find: Callable[[Look], Iterable[Breach]]
    sql: str = ""


@dataclass(slots=True)
class Finding:
    """What a look at one invariant has found: how many breaches, and the first few of them."""

    name: str
    description: str
    status: str = HELD
    count: int = 0
    examples: list[Breach] = field(default_factory=list)
    error: str = ""
    milliseconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)


def by_query(
    name: str,
    description: str,
    sql: str,
    given: Callable[[], Mapping[str, Any]] = dict,
) -> Invariant:
    """Return an invariant whose query gives a row (subject, detail) for each breach.

    ``given`` is called at each look for the query's parameters (settings may change).
    """

    def find(_: Look) -> Iterator[Breach]:
        # One statement, hence one moment: what changes meanwhile cannot look like a breach.
        with connection.chunked_cursor() as cursor:
            cursor.execute(sql, given() or None)
            while rows := cursor.fetchmany(1000):
                yield from (Breach(str(subject), str(detail)) for subject, detail in rows)

    return Invariant(name, description, find, sql.strip())


def known_invariants() -> list[Invariant]:
    """Return the invariants of all rooms, in the rooms' order; two of one name are a mistake."""
    rooms = (
        app for app in apps.get_app_configs() if module_has_submodule(app.module, "invariants")
    )
    modules = (import_module(f"{app.name}.invariants") for app in rooms)
    known = list(chain.from_iterable(getattr(module, "INVARIANTS", ()) for module in modules))
    names = [invariant.name for invariant in known]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"Invariants of the same name: {', '.join(sorted(twice))}.")
    return known


def look_at_invariants(*, look: Look | None = None, only: Collection[str] = ()) -> list[Finding]:
    """Look at each invariant (of the names in ``only``, if any) and return what was found.

    One that cannot be looked at is ``unchecked`` and keeps no other from being looked at. Raises
    ValueError for a name that nobody knows.
    """
    known = known_invariants()
    if unknown := set(only) - {invariant.name for invariant in known}:
        raise ValueError(f"Unknown invariants: {', '.join(sorted(unknown))}.")
    chosen = (invariant for invariant in known if not only or invariant.name in only)
    return [_find(invariant, look or Look()) for invariant in chosen]


def _find(invariant: Invariant, look: Look) -> Finding:
    finding = Finding(invariant.name, invariant.description)
    started = time.perf_counter()
    try:
        with transaction.atomic():
            for breach in invariant.find(look):
                finding.count += 1
                if finding.count <= EXAMPLES:
                    finding.examples.append(breach)
    except Exception as error:
        log.exception("invariant_unchecked", invariant=invariant.name)
        finding.error = f"{type(error).__name__}: {error}".strip()
    finding.milliseconds = round((time.perf_counter() - started) * 1000, 1)
    if finding.count:
        finding.status = BROKEN
        log.error("invariant_broken", invariant=invariant.name, count=finding.count)
    elif finding.error:
        finding.status = UNCHECKED
    return finding
