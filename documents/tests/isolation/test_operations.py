"""Every operation of the OpenAPI document, asked by everybody who must not see another's things."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from accounts.models import MarketplaceAccount
from accounts.principal import ROLE_SCOPES
from documents.tests.isolation.calls import SAME_REQUEST_ID, Call, InProcess
from documents.tests.isolation.matrix import (
    CREDENTIAL_IN_BODY,
    OF_PEOPLE_ALONE,
    OPEN_TO_WHO_LOOKS,
    VICTIMS_KEY,
)
from documents.tests.isolation.places import Operation, every_operation
from documents.tests.isolation.sweep import (
    asked_by_strangers,
    call_of,
    cursor_after,
    faults_of,
    objects_of,
    text_probes,
)
from documents.tests.isolation.traces import every_row
from documents.tests.isolation.world import World, key_of, required_scopes

NONSENSE = ("7", "x" * 36, "..%2Fdocuments", "%00")
closed = pytest.mark.parametrize(
    "operation", [each for each in every_operation() if not each.is_open], ids=str
)
with_ids = pytest.mark.parametrize(
    "operation",
    [each for each in every_operation() if each.places and each.name not in CREDENTIAL_IN_BODY],
    ids=str,
)
repeatable = pytest.mark.parametrize(
    "operation",
    [
        each
        for each in every_operation()
        if "Idempotency-Key" in {header["name"] for header in each.parameters("header")}
        and not each.is_open
    ],
    ids=str,
)
with_ids_in_path = pytest.mark.parametrize(
    "operation",
    [
        each
        for each in every_operation()
        if each.name not in CREDENTIAL_IN_BODY
        and any(place.where == "path" for place in each.places)
    ],
    ids=str,
)
READING = [
    each
    for each in every_operation()
    if each.method == "GET" and "{" not in each.path and not each.is_open
]
reading = pytest.mark.parametrize("operation", READING, ids=str)
reading_in_pages = pytest.mark.parametrize(
    "operation",
    [
        each
        for each in READING
        if "cursor" in {parameter["name"] for parameter in each.parameters("query")}
    ],
    ids=str,
)


@with_ids
def test_with_ids_of_ones_own_it_works(
    world: World, caller: InProcess, operation: Operation
) -> None:
    """Else the refusals below would say nothing."""
    call = call_of(operation, objects_of(operation, world.stranger))
    answer = caller.send(call, world.key.headers)
    assert answer.status < 300, answer.text


@with_ids
def test_anothers_id_is_as_unknown_as_one_that_never_was(
    world: World, caller: InProcess, operation: Operation
) -> None:
    assert faults_of(asked_by_strangers(operation, world), world, caller) == []


@repeatable
def test_anothers_idempotency_key_opens_nothing(
    world: World, caller: InProcess, operation: Operation
) -> None:
    """Not even to the same request: what it came to is kept for one tenant."""
    MarketplaceAccount.objects.all().delete()  # their plans are changed elsewhere alone
    call = call_of(operation, objects_of(operation, world.victim))
    call = replace(call, headers={**call.headers, "Idempotency-Key": VICTIMS_KEY})
    first = caller.send(call, world.key_of_victim())
    assert first.status < 300, first.text

    answer = caller.send(call, world.key.headers)

    assert (answer.status == 404) if operation.places else (answer.status < 300)
    assert "idempotency-replayed" not in answer.headers
    sent = (*call.path.split("/"), *SAME_REQUEST_ID.values())
    assert world.secrets.in_answer(answer, *sent) == []


@reading
def test_what_is_read_does_not_depend_on_others(
    world: World, caller: InProcess, operation: Operation
) -> None:
    """Not in its rows, its counts or its pages."""
    call = call_of(operation, {})
    before = [caller.send(call, each.headers).but_for() for each in world.strangers]
    world.furnish()
    after = [caller.send(call, each.headers) for each in world.strangers]
    assert [each.but_for() for each in after] == before
    secrets = world.secrets
    assert [secrets.in_answer(each) for each in after] == [[]] * len(after)


@reading
def test_searching_for_anothers_words_finds_nothing(
    world: World, caller: InProcess, operation: Operation
) -> None:
    for name, word in text_probes(operation, world):
        for credential in world.strangers:
            answers = [
                caller.send(Call("GET", operation.path, {name: text}), credential.headers).but_for(
                    text
                )
                for text in (word, "x" * len(word))
            ]
            assert answers[0] == answers[1]


@reading_in_pages
def test_anothers_cursor_leads_to_ones_own_rows_only(
    world: World, caller: InProcess, operation: Operation
) -> None:
    mine = world.key.headers
    theirs = world.key_of_victim()
    call = replace(call_of(operation, {}), query={"limit": 1})
    cursor = cursor_after(caller.send(call, theirs))
    assert cursor, "The victim has one row only: make two in furnish() of matrix.py"
    answer = caller.send(replace(call, query={"cursor": cursor}), mine)
    assert answer.status == 200
    assert world.secrets.in_answer(answer, cursor) == []


@with_ids_in_path
def test_what_is_no_id_is_as_unknown(world: World, caller: InProcess, operation: Operation) -> None:
    in_path = [place for place in operation.places if place.where == "path"]
    unknown = {place: str(uuid.uuid4()) for place in in_path}
    answers = [
        caller.send(call_of(operation, ids), world.key.headers)
        for ids in (unknown, *({place: nonsense for place in in_path} for nonsense in NONSENSE))
    ]
    assert {answer.status for answer in answers} == {404}
    assert len({answer.body for answer in answers}) == 1


@closed
def test_who_only_looks_changes_nothing(
    world: World, caller: InProcess, operation: Operation
) -> None:
    call = call_of(operation, objects_of(operation, world.stranger))
    looks = key_of(world.stranger, scopes=ROLE_SCOPES["viewer"])
    makes = OPEN_TO_WHO_LOOKS.get(operation.name)
    shown = operation.method == "GET" and {*required_scopes(operation)} <= ROLE_SCOPES["viewer"]
    before, answer, after = every_row(), caller.send(call, looks), every_row()
    allowed = 404 if operation.name in OF_PEOPLE_ALONE else 201 if makes else 200
    assert answer.status == (allowed if makes or shown or allowed == 404 else 403)
    assert {label for label in after if after[label] != before[label]} == ({makes} - {None})
