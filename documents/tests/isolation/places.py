"""Where the OpenAPI document lets a caller put an id: in a path, a query, a body."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from config.tests.conformance import openapi, operations

Json = dict[str, Any]
# What a mark is made of: which of them counts depends on its type. Swept in test_marks.py.
OF_MARKS = ("asset", "font_family")
AN_ID = re.compile(r"(?:^|_)ids?$")


@dataclass(frozen=True)
class Place:
    """One place; ``keys`` lead to it through a body (``0``: the first of a list)."""

    where: str
    name: str
    keys: tuple[str | int, ...] = ()

    def __str__(self) -> str:
        return f"{self.where}:{'.'.join(map(str, self.keys)) or self.name}"


@dataclass(frozen=True)
class Operation:
    """One operation of the document."""

    method: str
    path: str
    description: Json

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Its ``operationId``."""
        return str(self.description["operationId"])

    @property
    def is_open(self) -> bool:
        """Whether nobody has to say who asks."""
        security = self.description.get("security", [])
        return not security or {} in security

    def parameters(self, where: str) -> list[Json]:
        """Return its parameters in ``path``, ``query`` or ``header``."""
        every = self.description.get("parameters", [])
        return [each for each in map(resolved, every) if each["in"] == where]

    @property
    def numbers(self) -> dict[str, int]:
        """Parameters of its path that count something and name nothing, with an example."""
        return {
            each["name"]: next(iter(each["examples"].values()))["value"]
            for each in self.parameters("path")
            if each["schema"].get("type") == "integer"
        }

    @property
    def media(self) -> dict[str, Json]:
        """The bodies that it reads, by media type."""
        content: dict[str, Json] = resolved(self.description.get("requestBody", {})).get(
            "content", {}
        )
        return content

    @property
    def places(self) -> list[Place]:
        """Every place for an id; of bodies that differ in their media type only, once."""
        return [place for place in self._every_place() if place.name not in OF_MARKS]

    @property
    def places_in_marks(self) -> list[Place]:
        """Every place for the id of something that a mark is made of."""
        return [place for place in self._every_place() if place.name in OF_MARKS]

    def _every_place(self) -> list[Place]:
        found = [
            Place("path", name)
            for name in re.findall(r"\{(\w+)\}", self.path)
            if name not in self.numbers
        ]
        found += [
            Place("query", each["name"])
            for each in self.parameters("query")
            if is_id(each["name"], each.get("schema", {}))
        ]
        for media in self.media.values():
            found += [Place("body", name, keys) for name, keys in _inside(media["schema"])]
        return list(dict.fromkeys(found))


@cache
def every_operation() -> tuple[Operation, ...]:
    """Return all operations of the document."""
    return tuple(Operation(*each) for each in operations())


def is_id(name: str, schema: Json) -> bool:
    """Whether a parameter or a field names an object of ours; a tax number names nobody's."""
    return name != "tax_id" and (bool(AN_ID.search(name)) or _has_uuid(schema))


def _has_uuid(schema: Json) -> bool:
    schema = resolved(schema)
    either = [*schema.get("anyOf", []), *schema.get("oneOf", []), *schema.get("allOf", [])]
    return schema.get("format") == "uuid" or any(map(_has_uuid, either))


def _inside(
    schema: Json, name: str = "", keys: tuple[str | int, ...] = (), above: tuple[str, ...] = ()
) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """Yield name and keys of every id inside ``schema``; a schema within itself is not repeated."""
    if (reference := schema.get("$ref", "")) in above:
        return
    above = (*above, reference) if reference else above
    schema = resolved(schema)
    kinds = schema.get("type", "")
    is_leaf = not {"object", "array"} & {*(kinds if isinstance(kinds, list) else [kinds])}
    if name and is_leaf and is_id(name, schema):
        yield name, keys
        return
    for kind in ("allOf", "anyOf", "oneOf"):
        for each in schema.get(kind, ()):
            yield from _inside(each, name, keys, above)
    for key, each in schema.get("properties", {}).items():
        yield from _inside(each, key, (*keys, key), above)
    if "items" in schema:
        yield from _inside(schema["items"], name, (*keys, 0), above)


def resolved(schema: Json) -> Json:
    """Return what a reference refers to."""
    while "$ref" in schema:
        found: Any = openapi()
        for key in schema["$ref"].removeprefix("#/").split("/"):
            found = found[key]
        schema = found
    return schema
