"""What the OpenAPI document says of presets."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiRequest, OpenApiResponse

from config.api.header_parameters import asked, told
from config.api.schema import operation
from documents.api.examples import preset_example
from documents.api.preset_shapes import (
    PresetChange,
    PresetForm,
    PresetOut,
    PresetPage,
    PresetReplacement,
)

PRESETS = "Presets"
_BODY = ("malformed_json",)
CREATE_REFUSALS = (*_BODY, "preset_name_taken", "too_many_presets")
_SEEN = ("precondition_failed", "precondition_required")
CHANGE_REFUSALS = (*_BODY, "preset_name_taken", *_SEEN)
DELETE_REFUSALS = _SEEN
READ_REFUSALS = ("precondition_failed",)

_ETAG = "The preset's version."
_IF_MATCH = asked(
    "If-Match",
    "The ETag that you have seen, or `*` for whichever there is; without it and without `version`"
    " the answer is `428`, with another one than the present `412`.",
    '"1"',
)
_IF_MATCH_ALONE = asked(
    "If-Match",
    "The ETag that you have seen, or `*` for whichever there is; without it the answer is `428`,"
    " with another one than the present `412`.",
    '"1"',
    required=True,
)
_PRESET = OpenApiExample("preset", preset_example())
_NEW = {key: preset_example()[key] for key in ("name", "config", "is_default")}


def _json(shape: Any, example: dict[str, Any]) -> dict[str, Any]:
    shown = OpenApiExample("preset", example, request_only=True)
    return {"application/json": OpenApiRequest(shape, examples=[shown])}


_PAGE = OpenApiExample(
    "page", {"results": [preset_example()], "next": None, "previous": None}, response_only=True
)

list_presets = operation(
    "listPresets",
    tag=PRESETS,
    summary="List presets",
    responses={200: OpenApiResponse(PresetPage, "One page.", [_PAGE])},
)
create_preset = operation(
    "createPreset",
    tag=PRESETS,
    summary="Make a preset",
    description="Keeps some fields of a mark under a name. Name its id as `preset` where you ask"
    " for a mark: what the request leaves out comes from the preset, then from the workspace's"
    " default mark.",
    request=_json(PresetForm, _NEW),
    responses={201: OpenApiResponse(PresetOut, "Made.", [_PRESET])},
    headers=[
        told("Location", "The preset's path.", [201], required=True),
        told("ETag", _ETAG, [201], required=True),
    ],
)
get_preset = operation(
    "getPreset",
    tag=PRESETS,
    summary="Get a preset",
    responses={
        200: OpenApiResponse(PresetOut, "The preset.", [_PRESET]),
        304: OpenApiResponse(None, "Unchanged."),
    },
    headers=[
        asked("If-None-Match", "An ETag: `304` if the preset is still that.", '"1"'),
        told("ETag", _ETAG, [200, 304], required=True),
    ],
)
replace_preset = operation(
    "replacePreset",
    tag=PRESETS,
    summary="Replace a preset",
    request=_json(PresetReplacement, _NEW | {"version": 1}),
    responses={200: OpenApiResponse(PresetOut, "As it is now.", [_PRESET])},
    headers=[_IF_MATCH, told("ETag", _ETAG, [200], required=True)],
)
change_preset = operation(
    "changePreset",
    tag=PRESETS,
    summary="Change a preset",
    description="Fields that are not named stay as they are; `config` is replaced as a whole.",
    request=_json(PresetChange, {"name": "Drafts", "version": 1}),
    responses={200: OpenApiResponse(PresetOut, "As it is now.", [_PRESET])},
    headers=[_IF_MATCH, told("ETag", _ETAG, [200], required=True)],
)
delete_preset = operation(
    "deletePreset",
    tag=PRESETS,
    summary="Delete a preset",
    description="Jobs that were made with it keep their settings.",
    responses={204: OpenApiResponse(None, "Deleted.")},
    headers=[_IF_MATCH_ALONE],
)
