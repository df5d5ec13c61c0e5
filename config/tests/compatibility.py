"""Whether programs written for one OpenAPI document go on working with another.

``breaks(old, new)`` returns a sentence for each thing that would stop them. What a client sends
must still be taken, what it reads must still be there and of its type. More of everything is no
break: operations, optional inputs, fields and headers of answers, and values of an answer's
enumeration, which clients are told to expect.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from config.tests.conformance import METHODS

Json = dict[str, Any]
# Bounds that may only move one way where clients send: name, and whether more is wider.
BOUNDS = {
    "maxLength": True,
    "maximum": True,
    "maxItems": True,
    "minLength": False,
    "minimum": False,
    "minItems": False,
}


def breaks(old: Json, new: Json) -> list[str]:
    """Return what of ``old`` a client can no longer rely on."""
    return list(dict.fromkeys(_Comparison(old, new).run()))


def _operations(document: Json) -> dict[str, Json]:
    return {
        f"{method.upper()} {path}": {
            **item[method],
            "parameters": [*item.get("parameters", ()), *item[method].get("parameters", ())],
        }
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    }


@dataclass(frozen=True)
class _Comparison:
    old: Json
    new: Json

    def run(self) -> Iterator[str]:
        after = _operations(self.new)
        for name, before in _operations(self.old).items():
            if name not in after:
                yield f"{name}: removed"
                continue
            found = (
                *self._ids(before, after[name]),
                *self._security(before, after[name]),
                *self._parameters(before, after[name]),
                *self._request(before, after[name]),
                *self._answers(before, after[name]),
            )
            yield from (f"{name}: {each}" for each in found)

    def _ids(self, before: Json, after: Json) -> Iterator[str]:
        if before["operationId"] != after["operationId"]:
            yield f"{before['operationId']} is now {after['operationId']}"

    def _security(self, before: Json, after: Json) -> Iterator[str]:
        ways_before = {
            name: {*given} for way in before.get("security", ()) for name, given in way.items()
        }
        ways_after = {
            name: {*given} for way in after.get("security", ()) for name, given in way.items()
        }
        if not ways_before and ways_after:
            yield "needs a credential"
        for name, scopes in ways_before.items():
            if ways_after and name not in ways_after:
                yield f"{name} no longer authenticates"
            for scope in sorted(ways_after.get(name, set()) - scopes):
                yield f"needs the scope {scope}"

    def _parameters(self, before: Json, after: Json) -> Iterator[str]:
        old = {(each["in"], each["name"]): each for each in before["parameters"]}
        new = {(each["in"], each["name"]): each for each in after["parameters"]}
        for key, parameter in new.items():
            was = old.get(key, {})
            if parameter.get("required") and not was.get("required"):
                yield f"{' '.join(key)} is required"
        for key, parameter in old.items():
            if key not in new:
                yield f"{' '.join(key)} removed"
            else:
                yield from self._sent(parameter["schema"], new[key]["schema"], " ".join(key))

    def _request(self, before: Json, after: Json) -> Iterator[str]:
        old, new = before.get("requestBody", {}), after.get("requestBody", {})
        if new.get("required") and not old.get("required"):
            yield "body is required"
        for kind, media in old.get("content", {}).items():
            if kind not in new.get("content", {}):
                yield f"body as {kind} removed"
            else:
                yield from self._sent(media["schema"], new["content"][kind]["schema"], "body")

    def _answers(self, before: Json, after: Json) -> Iterator[str]:
        for status, answer in before["responses"].items():
            if not status.startswith("2"):
                continue
            if status not in after["responses"]:
                yield f"answer {status} removed"
                continue
            old = _resolved(answer, self.old)
            new = _resolved(after["responses"][status], self.new)
            for name, header in old.get("headers", {}).items():
                was_there = _resolved(header, self.old).get("required")
                if was_there and name not in new.get("headers", {}):
                    yield f"header {name} of {status} removed"
            for kind, media in old.get("content", {}).items():
                if kind not in new.get("content", {}):
                    yield f"answer {status} as {kind} removed"
                else:
                    yield from self._answered(
                        media["schema"], new["content"][kind]["schema"], status
                    )

    def _sent(self, old: Json, new: Json, where: str, above: tuple[str, ...] = ()) -> Iterator[str]:
        if (seen := f"{old.get('$ref')}>{new.get('$ref')}") in above and "$ref" in old:
            return
        above = (*above, seen)
        old, new = _resolved(old, self.old), _resolved(new, self.new)
        yield from self._kinds(_kinds(old), _kinds(new), where)
        yield from _narrower_bounds(old, new, where)
        if either := _either(new):
            for number, option in enumerate(_either(old) or [old]):
                if not any(not [*self._sent(option, each, where, above)] for each in either):
                    yield f"{where}: choice {number + 1} is no longer taken"
            return
        for name in sorted({*new.get("required", ())} - {*old.get("required", ())}):
            yield f"{where}.{name} is required"
        for name, schema in old.get("properties", {}).items():
            if name in new.get("properties", {}):
                yield from self._sent(schema, new["properties"][name], f"{where}.{name}", above)
            elif new.get("additionalProperties") is False:
                yield f"{where}.{name} removed"
        if "items" in old and "items" in new:
            yield from self._sent(old["items"], new["items"], f"{where}[]", above)

    def _answered(
        self, old: Json, new: Json, where: str, above: tuple[str, ...] = ()
    ) -> Iterator[str]:
        if (seen := f"{old.get('$ref')}>{new.get('$ref')}") in above and "$ref" in old:
            return
        above = (*above, seen)
        old, new = _resolved(old, self.old), _resolved(new, self.new)
        yield from self._kinds(_kinds(new), _kinds(old), where)
        if either := _either(old):
            for number, option in enumerate(_either(new) or [new]):
                if not any(not [*self._answered(each, option, where, above)] for each in either):
                    yield f"{where}: choice {number + 1} is new"
            return
        for name, schema in old.get("properties", {}).items():
            if name not in new.get("properties", {}):
                yield f"{where}.{name} removed"
                continue
            if name in old.get("required", ()) and name not in new.get("required", ()):
                yield f"{where}.{name} may be missing"
            yield from self._answered(schema, new["properties"][name], f"{where}.{name}", above)
        if "items" in old and "items" in new:
            yield from self._answered(old["items"], new["items"], f"{where}[]", above)

    def _kinds(self, given: set[str], taken: set[str], where: str) -> Iterator[str]:
        """Yield each type (and format) that arrives where it is not expected."""
        for kind in sorted(given - taken if taken else ()):
            if not (kind == "integer" and "number" in taken):
                yield f"{where}: {kind} where {', '.join(sorted(taken))} was meant"


def _kinds(schema: Json) -> set[str]:
    """Return the types of a schema, each with the format that there may be; nothing for any."""
    if either := _either(schema):
        found = [_kinds(each) for each in either if "$ref" not in each]
        return set() if len(found) < len(either) or not all(found) else set().union(*found)
    kinds = schema.get("type", ())
    told = f"/{schema['format']}" if "format" in schema else ""
    return {
        kind if kind == "null" else f"{kind}{told}"
        for kind in ([kinds] if isinstance(kinds, str) else kinds)
    }


def _either(schema: Json) -> list[Json]:
    return schema.get("oneOf") or schema.get("anyOf") or []


def _narrower_bounds(old: Json, new: Json, where: str) -> Iterator[str]:
    for value in old.get("enum", ()):
        if "enum" in new and value not in new["enum"]:
            yield f"{where}: {value!r} is no longer taken"
    if "enum" in new and "enum" not in old and "const" not in old:
        yield f"{where}: only some values are taken"
    if "pattern" in new and new["pattern"] != old.get("pattern"):
        yield f"{where}: another pattern"
    for name, more_is_wider in BOUNDS.items():
        if name in new:
            if name not in old:
                yield f"{where}: {name} is new"
            elif new[name] != old[name] and (new[name] > old[name]) != more_is_wider:
                yield f"{where}: {name} is {new[name]}, was {old[name]}"


def _resolved(value: Json, document: Json) -> Json:
    while "$ref" in value:
        found: Any = document
        for key in value["$ref"].removeprefix("#/").split("/"):
            found = found[key]
        value = found
    return value
