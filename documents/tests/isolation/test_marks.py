"""Marks made of somebody else's files: as unknown as files that never were, wherever named."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import pytest

from documents.tests.factories import make_asset
from documents.tests.isolation.calls import Call, InProcess
from documents.tests.isolation.places import Operation, Place, every_operation
from documents.tests.isolation.sweep import call_of, objects_of
from documents.tests.isolation.traces import every_row
from documents.tests.isolation.world import World
from documents.tests.watermark.text.test_fonts import built, saved

NAMING = [each for each in every_operation() if each.places_in_marks]


def test_every_request_for_a_mark_is_swept() -> None:
    assert {operation.name for operation in NAMING} == {
        *("watermarkUpload", "watermarkDocument", "previewWatermark", "validateWatermark"),
        *("createPreset", "replacePreset", "changePreset", "updateOrganization"),
        *("openBatch", "watermarkBatch", "processBatch"),
    }


def with_type(body: Any, keys: tuple[str | int, ...]) -> Any:
    """Let the mark that has the last of ``keys`` be of a type that has it."""
    mark = body
    for key in keys[:-1]:
        mark = mark[key]
    if keys[-1] == "asset":
        mark.pop("watermark_text", None)
        mark["type"] = "image"
    else:
        mark.setdefault("watermark_text", "Mine")
    return body


def asking(operation: Operation, place: Place, named: str, own: dict[Place, str]) -> Call:
    call = call_of(operation, {**own, place: named})
    headers = {**call.headers, "If-Match": "*"}  # who may change it, whatever it is
    return replace(call, body=with_type(call.body, place.keys), headers=headers)


# Each place in a test of its own would spend most of its time on furnishing the world.
@pytest.mark.parametrize("operation", NAMING, ids=str)
def test_anothers_file_is_as_unknown_as_one_that_never_was(
    world: World, caller: InProcess, operation: Operation
) -> None:
    own = objects_of(operation, world.stranger)
    font = saved(built("ABC"))
    foreign = {
        "asset": str(make_asset(world.victim).id),
        "font_family": str(make_asset(world.victim, format="ttf", content=font).id),
    }
    before = every_row()
    for place in operation.places_in_marks:
        answers = []
        for named in (foreign[place.name], str(uuid.uuid4())):
            answer = caller.send(asking(operation, place, named, own), world.key.headers)
            assert (answer.status, b"missing_asset" in answer.body) == (422, True), answer.text
            answers.append(answer.but_for(named))
        assert answers[0] == answers[1], place
    assert every_row() == before
