"""What the sweep does not know how to ask for is an error, which says what to add."""

from __future__ import annotations

import pytest
from django.apps import apps

from documents.tests.isolation.matrix import (
    BODIES,
    CREDENTIAL_IN_BODY,
    HEADERS,
    MODELS_OF_NOBODY,
    body_of,
    maker_of,
)
from documents.tests.isolation.places import Operation, Place, every_operation
from documents.tests.isolation.traces import OF_PERSON, owned_models, rows_of

NEW = {
    "operationId": "markBundle",
    "parameters": [{"in": "query", "name": "owner_id", "schema": {"type": "string"}}],
    "requestBody": {
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "preset": {"anyOf": [{"type": "string", "format": "uuid"}, {}]},
                        "document_ids": {"type": "array", "items": {"type": "string"}},
                        "steps": {
                            "type": "array",
                            "items": {"properties": {"parcel_id": {"type": "string"}}},
                        },
                        "text": {"type": "string"},
                    },
                }
            }
        }
    },
}


def test_ids_are_found_wherever_the_document_has_them() -> None:
    operation = Operation("POST", "/api/v1/bundles/{bundle}/", NEW)
    assert operation.places == [
        Place("path", "bundle"),
        Place("query", "owner_id"),
        Place("body", "preset", ("preset",)),
        Place("body", "document_ids", ("document_ids", 0)),
        Place("body", "parcel_id", ("steps", 0, "parcel_id")),
    ]
    assert [place.name for place in operation.places if maker_of("markBundle", place)] == [
        "preset",
        "document_ids",
    ]


def test_every_place_for_an_id_is_in_the_matrix(capsys: pytest.CaptureFixture[str]) -> None:
    missing = [
        f"{operation} takes {place}: say in OBJECTS of matrix.py how to make such an object"
        for operation in every_operation()
        for place in operation.places
        if maker_of(operation.name, place) is None
    ]
    assert missing == []
    with capsys.disabled():
        count = len(every_operation())
        print(f"\noperations covered: {count} of {count}")


def test_only_what_is_open_takes_its_credential_in_the_body() -> None:
    open_ones = {operation.name for operation in every_operation() if operation.is_open}
    assert open_ones - {"getHealth"} == CREDENTIAL_IN_BODY


def test_every_header_that_could_tell_is_in_the_matrix() -> None:
    missing = [
        f"{operation} takes the header {each['name']}: say in HEADERS of matrix.py what to try"
        for operation in every_operation()
        for each in operation.parameters("header")
        if each["name"] not in HEADERS
    ]
    assert missing == []


def test_every_body_is_in_the_matrix() -> None:
    missing = [
        f"{operation} has a body and no example: put one into BODIES of matrix.py"
        for operation in every_operation()
        if operation.media and operation.name not in BODIES and body_of(operation)[1] is None
    ]
    assert missing == []


def test_every_row_is_somebodys() -> None:
    missing = [
        f"{model._meta.label} leads to no tenant: give it one, or name it in MODELS_OF_NOBODY"
        for model in apps.get_models()
        if model not in owned_models() and model._meta.label not in MODELS_OF_NOBODY
    ]
    assert missing == []


def test_the_victim_has_something_of_everything(world) -> None:  # type: ignore[no-untyped-def]
    rows = rows_of(world.victim)
    missing = [
        f"The victim has no {model._meta.label}: make one in furnish() of matrix.py"
        for model, lookup in owned_models().items()
        if OF_PERSON not in lookup and not rows[model._meta.label]
    ]
    assert missing == []
