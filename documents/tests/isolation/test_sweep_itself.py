"""The sweep finds what it is there to find: each case lets our queries forget something.

With the walls of the database that opens nothing, so there is nothing to find.
"""

from __future__ import annotations

import pytest
from django.db.models import QuerySet

from config.database.made_once import RowByIds
from documents import queries
from documents.models import Document
from documents.models.document import DocumentQuerySet
from documents.models.job import JobQuerySet
from documents.tests.isolation.calls import InProcess
from documents.tests.isolation.places import Operation, every_operation
from documents.tests.isolation.sweep import asked_by_strangers, faults_of
from documents.tests.isolation.world import World


def everything(rows: QuerySet, principal: object) -> QuerySet:  # type: ignore[type-arg]
    """Stand in for ``visible_to``."""
    return rows.all()


def operation_named(name: str) -> Operation:
    return next(each for each in every_operation() if each.name == name)


@pytest.mark.parametrize(
    ("rows", "name"),
    [
        (DocumentQuerySet, "getDocument"),
        (DocumentQuerySet, "deleteDocument"),
        (DocumentQuerySet, "downloadDocument"),
        (JobQuerySet, "downloadResult"),
        (JobQuerySet, "listJobs"),
    ],
)
def test_a_query_without_its_filter_is_found(
    walls: bool,
    world: World,
    caller: InProcess,
    monkeypatch: pytest.MonkeyPatch,
    rows: type,
    name: str,
) -> None:
    monkeypatch.setattr(rows, "visible_to", everything)
    for each in ("_JOB", "_DOCUMENT"):  # whose SQL was made before, with the filter
        kept = getattr(queries, each)
        monkeypatch.setattr(queries, each, RowByIds(kept._count, kept._query))
    faults = faults_of(asked_by_strangers(operation_named(name), world), world, caller)
    assert (faults == []) is walls


def test_a_refusal_that_tells_more_is_found(
    walls: bool, world: World, caller: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forbidden instead of unknown: whoever tries ids learns which are there."""

    class Foreign(queries.DocumentMissing):
        message = "Another workspace's."

    def row(principal: object, document_id: object) -> object:
        is_there = Document.objects.filter(pk=document_id).exists()
        raise Foreign if is_there else queries.DocumentMissing

    monkeypatch.setattr(queries, "document_row", row)
    asked = asked_by_strangers(operation_named("getDocument"), world)
    tells_more = any("an unknown one" in fault for fault in faults_of(asked, world, caller))
    assert tells_more is not walls
