"""One operation × every place for an id × every credential; yields what is wrong, in words."""

from __future__ import annotations

import copy
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any
from urllib.parse import parse_qs, urlsplit

from documents.models import Document
from documents.tests.isolation.calls import Answer, Call, Caller
from documents.tests.isolation.matrix import HEADERS, QUERY_WITHOUT_SECRETS, body_of, maker_of
from documents.tests.isolation.places import Operation, Place, is_id
from documents.tests.isolation.traces import Secrets, every_row
from documents.tests.isolation.world import Credential, World

Ids = dict[Place, str]
PROBLEM_JSON = {"Accept": "application/problem+json"}


def objects_of(operation: Operation, tenant: Any) -> Ids:
    """Make an object of ``tenant`` for each place."""
    made = {}
    for place in operation.places:
        make = maker_of(operation.name, place)
        assert make, f"{operation.name} has {place}: put {place.name} into OBJECTS of matrix.py"
        made[place] = str(make(tenant))
    return made


def call_of(operation: Operation, ids: Ids) -> Call:
    """Return the request that names ``ids``; one of a body's shapes, if there are several."""
    path, query = operation.path, {}
    media_type, body = body_of(operation)
    body = copy.deepcopy(body)
    for name, number in operation.numbers.items():
        path = path.replace(f"{{{name}}}", str(number))
    for place, value in ids.items():
        if place.where == "path":
            path = path.replace(f"{{{place.name}}}", value)
        elif place.where == "query":
            query[place.name] = value
        elif place.keys:
            body = _put(body, place.keys, value)
    return Call(operation.method, path, query, required_headers(operation), body, media_type)


def required_headers(operation: Operation) -> dict[str, str]:
    """Return the headers without which nothing works, as in the document's examples."""
    return {
        each["name"]: str(next(iter(each["examples"].values()))["value"])
        for each in operation.parameters("header")
        if each.get("required")
    }


def _put(body: Any, keys: tuple[str | int, ...], value: str) -> Any:
    """Return ``body`` with ``value`` at the end of ``keys``, made on the way where absent."""
    if not keys:
        return value
    key, *rest = keys
    if isinstance(key, int):
        old = body[0] if isinstance(body, list) and body else None
        return [_put(old, tuple(rest), value)]
    body = body if isinstance(body, dict) else {}
    return {**body, key: _put(body.get(key), tuple(rest), value)}


def probes(operation: Operation, world: World) -> Iterator[tuple[str, Ids, Ids]]:
    """Yield what is probed, the ids with the victim's in that place, and with an unknown one."""
    foreign, own = objects_of(operation, world.victim), objects_of(operation, world.stranger)
    for place in operation.places:
        others = {} if _is_optional(place) else own
        unknown = str(uuid.uuid4())
        yield str(place), {**others, place: foreign[place]}, {**others, place: unknown}
    if len(foreign) > 1:
        yield "every id", foreign, {place: str(uuid.uuid4()) for place in foreign}


def _is_optional(place: Place) -> bool:
    return place.where == "query"


def variants(operation: Operation, world: World) -> Iterator[dict[str, str]]:
    """Yield headers to send along: what is known of the victim's object beside its id."""
    yield {}
    if world.behind_walls:
        return
    yield PROBLEM_JSON
    for parameter in operation.parameters("header"):
        for value in HEADERS[parameter["name"]](world.victim):
            yield {parameter["name"]: value}


@dataclass(frozen=True)
class Pair:
    """The same request for the victim's object and for one that never was."""

    where: str
    operation: Operation
    foreign: Ids
    unknown: Ids
    method: str
    headers: dict[str, str] = field(default_factory=dict)

    def faults(self, credential: Credential, secrets: Secrets, caller: Caller) -> Iterator[str]:
        """Send both; yield every difference, and what the first gives away."""
        where = f"{self.operation} {self.where}, {credential.name}, {self.headers or 'plain'}"
        answers = [self._answer(ids, credential, caller) for ids in (self.foreign, self.unknown)]
        first, kept = answers[0][0], [each[1] for each in answers]
        if kept[0] != kept[1]:
            yield f"{where}: a foreign id is answered\n  {kept[0]}\nan unknown one\n  {kept[1]}"
        if credential.status and first.status != credential.status:
            yield f"{where}: {first.status} instead of {credential.status}"
        if first.status >= 500 or (first.status < 400 and not self._may_be_empty(credential)):
            yield f"{where}: {first.status}, as if nothing were wrong"
        for secret in secrets.in_answer(first, *self.foreign.values(), *self.headers.values()):
            yield f"{where}: {first.status} gives away {secret!r}"

    def _answer(
        self, ids: Ids, credential: Credential, caller: Caller
    ) -> tuple[Answer, tuple[Any, ...]]:
        call = call_of(self.operation, ids)
        call = replace(call, method=self.method, headers={**call.headers, **self.headers})
        answer = caller.send(call, credential.headers)
        return answer, answer.but_for(*ids.values())

    def _may_be_empty(self, credential: Credential) -> bool:
        """Whether a list may be the answer: a filter by what is unknown leaves nothing of it."""
        return not credential.status and all(place.where == "query" for place in self.foreign)


Asked = list[tuple[Pair, Credential]]


def asked_by_strangers(operation: Operation, world: World) -> Asked:
    """Return what strangers ask: for the victim's things, which must be unknown to them."""
    is_read_twice = operation.method == "GET" and not world.behind_walls
    methods = ("GET", "HEAD") if is_read_twice else (operation.method,)
    pairs = [
        Pair(what, operation, foreign, unknown, method, headers)
        for what, foreign, unknown in probes(operation, world)
        for method in methods
        for headers in variants(operation, world)
    ]
    return list(product(pairs, world.strangers))


def asked_by_refused(operation: Operation, world: World) -> Asked:
    """Return what those ask who are let in nowhere."""
    foreign = objects_of(operation, world.victim)
    unknown = {place: str(uuid.uuid4()) for place in foreign}
    pair = Pair("every id", operation, foreign, unknown, operation.method)
    return [(pair, each) for each in [*world.refused(), *world.without_scope(operation)]]


def faults_of(asked: Asked, world: World, caller: Caller) -> list[str]:
    """Ask, and return what is wrong; rows that have changed, too."""
    secrets, before = world.secrets, every_row()
    found = [
        fault for pair, credential in asked for fault in pair.faults(credential, secrets, caller)
    ]
    after = every_row()
    return [
        *found,
        *(f"rows of {label} changed" for label in after if after[label] != before[label]),
    ]


def text_probes(operation: Operation, world: World) -> Iterator[tuple[str, str]]:
    """Yield name and value of each free text in the query, with what only the victim has."""
    words = list(Document.objects.filter(tenant=world.victim).values_list("title", "file_name"))[0]
    for parameter in operation.parameters("query"):
        name, schema = parameter["name"], parameter.get("schema", {})
        is_text = schema.get("type") == "string" and "enum" not in schema
        if is_text and not is_id(name, schema) and name not in QUERY_WITHOUT_SECRETS:
            for word in (*words, world.victim.name, world.owner.email):
                yield name, word


def cursor_after(answer: Answer) -> str | None:
    """Return the cursor of the next page."""
    found = re.search(rb'"next":"([^"]+)"', answer.body)
    return parse_qs(urlsplit(found[1].decode()).query)["cursor"][0] if found else None
