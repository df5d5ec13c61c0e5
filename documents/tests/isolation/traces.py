"""What a tenant has, what of it an answer gives away, and whether anything changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection
from django.db.models import ForeignKey, Model
from psycopg import sql

from accounts.event_types import known_event_types
from accounts.models import AuditAction, Tenant, User
from documents.tests.isolation.calls import SAME_REQUEST_ID, Answer
from documents.tests.isolation.matrix import MAY_CHANGE, MODELS_OF_NOBODY

# Shorter texts and smaller numbers are everywhere.
TEXT_MIN = 6
NUMBER_MIN = 10_000
OF_PERSON = "memberships__tenant"
NOTHING: Mapping[str, set[str]] = {}
Texts = dict[str, tuple[str, ...]]


@cache
def owned_models() -> dict[type[Model], str]:
    """Return each model whose rows are a tenant's or a person's, and the look-up of the tenant."""
    found: dict[type[Model], str] = {Tenant: "pk", User: OF_PERSON}
    waiting = [each for each in apps.get_models() if each._meta.label not in MODELS_OF_NOBODY]
    for is_last_resort in (False, True):
        count = 0
        while count != len(found):
            count = len(found)
            for model in waiting:
                if model not in found and (way := _way_to_tenant(model, found, is_last_resort)):
                    found[model] = way
    return found


def _way_to_tenant(
    model: type[Model], known: dict[type[Model], str], by_person: bool
) -> str | None:
    keys = [each for each in model._meta.get_fields() if isinstance(each, ForeignKey)]
    keys = [each for each in keys if each.related_model in known]
    for key in sorted(keys, key=lambda each: each.related_model is not Tenant):
        if key.related_model is Tenant:
            return str(key.name)
        if by_person or OF_PERSON not in known[key.related_model]:
            return f"{key.name}__{known[key.related_model]}"
    return None


def rows_of(tenant: Tenant) -> dict[str, dict[Any, dict[str, Any]]]:
    """Return all rows of the tenant by model and key."""
    return {
        model._meta.label: {
            row.pk: vars(row) for row in model._base_manager.filter(**{lookup: tenant.pk})
        }
        for model, lookup in owned_models().items()
    }


def every_row() -> Texts:
    """Return all rows of all tenants, but for what even a refused request may change."""
    return _read(MAY_CHANGE)


def _read(ignored: Mapping[str, set[str]]) -> Texts:
    """Return the rows of each model in order, as texts; ``ignored`` are fields by model."""
    tables = [
        sql.SQL(
            "SELECT {}, array(SELECT each::text FROM (SELECT {} FROM {}) each ORDER BY 1)"
        ).format(
            sql.Literal(model._meta.label),
            sql.SQL(", ").join(
                sql.Identifier(each.column)
                for each in model._meta.concrete_fields
                if each.name not in ignored.get(model._meta.label, ())
            ),
            sql.Identifier(model._meta.db_table),
        )
        for model in owned_models()
    ]
    with connection.cursor() as cursor:  # one question: the sweep asks it thousands of times
        cursor.execute(sql.SQL(" UNION ALL ").join(tables))
        return {label: tuple(rows) for label, rows in cursor.fetchall()}


class Secrets:
    """Texts that only the victim's rows hold: ids, names, addresses, hashes, instants, sizes."""

    def __init__(self, victim: Tenant, *others: Tenant) -> None:
        tables = _read(NOTHING)
        known = {text for other in others for text in _texts_of(other, tables)}
        # And words that everybody may read: lists of what there is to choose from.
        known |= {*AuditAction.values, *known_event_types()}
        self.texts = _texts_of(victim, tables) - known

    def in_answer(self, answer: Answer, *sent: str) -> list[str]:
        """Return what ``answer`` gives away, beside what the caller has ``sent``."""
        text = answer.text
        # The id of the asker's requests stands in rows that the test itself makes afterwards.
        for each in (*sent, *SAME_REQUEST_ID.values()):
            text = text.replace(each, "")
        return sorted(secret for secret in self.texts if secret in text)


def _texts_of(tenant: Tenant, tables: Texts) -> set[str]:
    """Return the texts of a tenant's rows; a table that is as it was is not read again."""
    found: set[str] = set()
    for model, lookup in owned_models().items():
        is_own = "__" not in lookup  # else other tables tell, too, which rows are the tenant's
        read = _texts_of_model if is_own else _texts_of_model.__wrapped__
        found |= read(model, lookup, tenant.pk, tables[model._meta.label])
    return found


@lru_cache(maxsize=1000)
def _texts_of_model(
    model: type[Model], lookup: str, tenant_id: UUID, table: tuple[str, ...]
) -> frozenset[str]:
    rows = model._base_manager.filter(**{lookup: tenant_id}).values_list()
    return frozenset(text for row in rows for value in row for text in _texts_in(value))


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, UUID):
        yield from (str(value), value.hex)
    elif isinstance(value, bytes | memoryview):
        yield bytes(value).hex()
    elif isinstance(value, datetime):
        yield value.replace(tzinfo=None).isoformat()
    elif isinstance(value, str):
        if len(value) >= TEXT_MIN:
            yield from (value, json.dumps(value)[1:-1])
    elif isinstance(value, int) and not isinstance(value, bool):
        if value >= NUMBER_MIN:
            yield str(value)
    elif isinstance(value, dict):
        yield from _in_all(value.values())
    elif isinstance(value, list | tuple):
        yield from _in_all(value)


def _in_all(values: Iterable[Any]) -> Iterator[str]:
    for each in values:
        yield from _texts_in(each)
