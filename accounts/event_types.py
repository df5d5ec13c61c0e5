"""The catalogue of events: what tenants can be told of, each room's share in its ``event_types``.

A room lists what it emits as ``EVENT_TYPES`` in a module of that name; nothing else has to know of
it. The API's ``/event-types/``, the forms, the OpenAPI document's webhooks and the check of what
is emitted all read this catalogue.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any

from django.apps import apps
from django.utils.module_loading import module_has_submodule


@dataclass(frozen=True, slots=True)
class EventType:
    """``name`` in the past tense (``job.succeeded``); ``shape``: the path of its data's serializer.

    A path, since domain code names no serializer; it is followed for the OpenAPI document alone.
    ``offered``: whether an endpoint may ask for it (a test event comes only when it is sent).
    """

    name: str
    summary: str
    shape: str
    example: Mapping[str, Any] = field(default_factory=dict)
    offered: bool = True


_MODULE = "event_types"
TEST = "webhook.test"
DISABLED = "webhook_endpoint.disabled"
_ENDPOINT = "5b0e1a46-9f6f-4a4f-8b8b-0c1d8f0a9c11"

EVENT_TYPES = [
    EventType(
        DISABLED,
        "An endpoint answered 410 or failed for five days, and is sent nothing more.",
        "accounts.api.webhooks.shapes.DisabledEndpoint",
        {"id": _ENDPOINT, "url": "https://hooks.example.com", "reason": "failing"},
    ),
    EventType(
        TEST,
        "Somebody has asked for a test; only the endpoint under test is told.",
        "accounts.api.webhooks.shapes.TestEvent",
        {"webhook_endpoint_id": _ENDPOINT, "message": "This is a test."},
        offered=False,
    ),
]


@cache
def known_event_types() -> dict[str, EventType]:
    """Return all events by name, in the order of their names; two of one name are a mistake."""
    rooms = (
        app for app in apps.get_app_configs() if module_has_submodule(app.module, "event_types")
    )
    listed = [
        each for app in rooms for each in import_module(f"{app.name}.event_types").EVENT_TYPES
    ]
    known = {each.name: each for each in sorted(listed, key=lambda each: each.name)}
    if len(known) < len(listed):
        raise ValueError("Two event types have the same name.")
    return known


def offered_event_types() -> list[EventType]:
    """Return what an endpoint may ask for."""
    return [each for each in known_event_types().values() if each.offered]


def unknown_among(names: Iterable[str]) -> list[str]:
    """Return which of ``names`` an endpoint cannot ask for."""
    offered = {each.name for each in offered_event_types()}
    return sorted(set(names) - offered)
