"""What is asked of the web: every page, operation and file, as different people, and badly."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

from accounts.tests.factories import make_user
from config.tests.serving import Reply
from documents.tests.isolation.addresses import every_page
from documents.tests.isolation.matrix import OBJECTS
from documents.tests.isolation.places import every_operation
from documents.tests.isolation.sweep import call_of, objects_of
from documents.tests.isolation.test_admin import addresses
from documents.tests.isolation.world import World, session_of
from documents.tests.production import Web

STATIC = ("/static/js/page.js", "/static/img/emblem.svg", "/static/not-there.css")
ODD = ("/nothing/", "/api/v1/nothing/", "/accounts/login", "/%00", "/favicon.ico")
# What a key of a page's path is when it names no row.
OTHER_KEYS = {
    "slug": "quickstart",
    "token": "none",
    "uidb36": "1",
    "key": "none",
    "app_label": "documents",
    "content_type_id": "1",
}


@dataclass(frozen=True, eq=False)
class Asked:
    """One request."""

    method: str
    address: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    who: str = "nobody"

    def __str__(self) -> str:
        return f"{self.who}: {self.method} {self.address}"

    def sent_to(self, web: Web) -> Reply:
        """Send it over TLS, as the proxy tells, on a connection of its own."""
        framing = {"host": "localhost", "content-length": str(len(self.body))}
        headers = {**framing, "x-forwarded-proto": "https", **self.headers}
        lines = [f"{name}: {value}" for name, value in headers.items()]
        with web.connect() as wire:
            wire.send("\r\n".join([f"{self.method} {self.address} HTTP/1.1", *lines]), "\r\n\r\n")
            return wire.send(self.body).answer(self.method)


def people(world: World) -> dict[str, dict[str, str]]:
    """Return the headers of nobody, of a customer and of staff."""
    staff = make_user("sweep@countermark.example", is_staff=True, is_superuser=True)
    return {"nobody": {}, "a customer": world.session.headers, "staff": session_of(staff)}


def every_request(world: World) -> Iterator[Asked]:
    """Yield all of it."""
    paths = [*pages(world), *addresses(world), *STATIC, *ODD]
    for who, headers in people(world).items():
        methods = ("GET", "HEAD", "POST", "OPTIONS") if who == "a customer" else ("GET",)
        for path, method in product(paths, methods):
            yield Asked(method, path, headers, who=who)
    yield from asked_of_the_api(world)


def pages(world: World) -> Iterator[str]:
    """Yield the address of every page: about something of the customer's, and about nothing."""
    for page in every_page():
        for tenant in (world.stranger, None):
            ids = {
                key: str(OBJECTS[key](tenant) if tenant else uuid.uuid4())
                if key in OBJECTS
                else OTHER_KEYS[key]
                for key in page.keys
            }
            yield page.address(ids)
            if not page.keys:
                break


def asked_of_the_api(world: World) -> Iterator[Asked]:
    """Yield each operation, well and badly asked."""
    key = world.key.headers
    as_json = {"content-type": "application/json"}
    for operation in every_operation():
        call = call_of(operation, objects_of(operation, world.stranger))
        body = json.dumps(call.body).encode() if call.media_type == "application/json" else b""
        well = Asked(call.method, call.address, {**key, **as_json, **call.headers}, body, "a key")
        yield well
        yield Asked(call.method, call.address, as_json, body)
        yield Asked(call.method, f"{call.path}?nonsense=1", key, who="a key")
        yield Asked("PUT", call.address, key, who="a key")
        yield Asked("OPTIONS", call.address, key, who="a key")
        yield Asked(call.method, call.address, {**key, **as_json}, b"{", "a key")
        yield Asked(call.method, call.address, {**key, "content-type": "text/css"}, b"{", "a key")
