"""Numbers that the rows give: each room says in its ``metrics.py`` what there is to count.

A list ``METRICS``, as the room says in ``invariants.py`` what must be true (config/invariants.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from itertools import chain
from typing import Any

from django.apps import apps
from django.db import connection
from django.utils.module_loading import module_has_submodule


@dataclass(frozen=True, slots=True)
class Number:
    """A number with a name; ``sql`` gives rows (label values …, number).

    A counter never falls; a gauge, the default, may. A NULL is left out.
    """

    name: str
    description: str
    sql: str
    labels: tuple[str, ...] = ()
    is_counter: bool = False
    given: Callable[[], Mapping[str, Any]] = dict

    def read(self) -> Iterator[tuple[list[str], float]]:
        """Yield the values of the labels and the number, of this moment."""
        with connection.cursor() as cursor:
            cursor.execute(self.sql, self.given() or None)
            for *labels, value in cursor.fetchall():
                if value is not None:
                    yield [str(label) for label in labels], float(value)


def known_numbers() -> list[Number]:
    """Return the numbers of all rooms, in the rooms' order; two of one name are a mistake."""
    rooms = (app for app in apps.get_app_configs() if module_has_submodule(app.module, "metrics"))
    modules = (import_module(f"{room.name}.metrics") for room in rooms)
    known = list(chain.from_iterable(getattr(module, "METRICS", ()) for module in modules))
    names = [number.name for number in known]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"Numbers of the same name: {', '.join(sorted(twice))}.")
    return known
