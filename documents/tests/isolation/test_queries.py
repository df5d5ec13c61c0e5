"""Every operation asks the database as often of a workspace with much in it as of one with little.

That more is *named* in one request (a batch of more items, more ids to delete) is another question:
documents/tests/api/test_batches.py and test_looks.py ask it.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import MarketplaceAccount
from documents.tests.isolation.calls import InProcess
from documents.tests.isolation.matrix import CREDENTIAL_IN_BODY, OF_PEOPLE_ALONE, furnish
from documents.tests.isolation.places import Operation, every_operation
from documents.tests.isolation.sweep import call_of, objects_of
from documents.tests.isolation.world import World

# Whose number of queries is not looked at here, and why.
NOT_COUNTED = {
    **dict.fromkeys(CREDENTIAL_IN_BODY, "of strangers: no workspace has anything to do with it"),
    **dict.fromkeys(OF_PEOPLE_ALONE, "of a person, whatever their workspace has"),
    "getHealth": "asks of nobody's rows",
    **dict.fromkeys(
        ("previewPage", "previewWatermark", "inspectDocument", "validateWatermark"),
        "draws in the sandbox; counted in documents/tests/api/test_looks.py",
    ),
}
COUNTED = [each for each in every_operation() if each.name not in NOT_COUNTED]
MORE = 2


def counts(world: World, headers: dict[str, str]) -> dict[str, int]:
    """Return how many queries each operation takes; what they do is undone."""
    return {each.name: queries_of(each, world, headers) for each in COUNTED}


def queries_of(operation: Operation, world: World, headers: dict[str, str]) -> int:
    with transaction.atomic():
        ids = objects_of(operation, world.victim)
        # Without filters: lists are looked at in full.
        call = call_of(operation, {at: each for at, each in ids.items() if at.where != "query"})
        with CaptureQueriesContext(connection) as asked:
            answer = InProcess().send(call, headers)
        assert answer.status < 300, f"{operation}: {answer.text}"
        transaction.set_rollback(True)
    return len(asked)


@pytest.mark.django_db
def test_more_rows_take_no_more_queries(blob_dir: Path) -> None:
    world = World()
    world.furnish()
    MarketplaceAccount.objects.all().delete()  # their plans are changed elsewhere alone
    headers = world.key_of_victim()
    few = counts(world, headers)
    for _ in range(MORE):
        furnish(world.victim)
    MarketplaceAccount.objects.all().delete()
    many = counts(world, headers)
    grown = {name: (few[name], many[name]) for name in few if many[name] > few[name]}
    assert grown == {}
    assert few.keys() | NOT_COUNTED.keys() == {each.name for each in every_operation()}
