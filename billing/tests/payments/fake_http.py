"""The HTTP in front of the fake Stripe: forms as Stripe writes them, and faults to order."""

from __future__ import annotations

import json
import re
import time
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from billing.tests.payments.fake_things import Json, Refused

if TYPE_CHECKING:
    from billing.tests.payments.fake_stripe import FakeStripe


class Handler(BaseHTTPRequestHandler):
    fake: FakeStripe
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer("GET", urlsplit(self.path).query)

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        self._answer("POST", self.rfile.read(length).decode())

    def _answer(self, method: str, query: str) -> None:
        path = urlsplit(self.path).path
        fault = self._fault(path)
        if fault == "drop":
            self.close_connection = True
            return
        if fault in ("500", "429", "402"):
            self._send(int(fault), Refused(int(fault), "Ordered").body)
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            status, body = 200, self.fake.answer(method, path, nested(query), headers)
        except Refused as refused:
            status, body = refused.status, refused.body
        self.fake.arrived.set()
        if fault == "hang":
            time.sleep(30)
        if fault == "forget":
            self.close_connection = True
            return
        self._send(status, body)

    def _fault(self, path: str) -> str:
        for index, (pattern, how) in enumerate(self.fake.faults):
            if re.fullmatch(pattern, path):
                del self.fake.faults[index]
                return how
        return ""

    def _send(self, status: int, body: Any) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.send_header("Request-Id", "req_fake")
        if status == 500:
            self.send_header("Stripe-Should-Retry", "true")
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


def nested(query: str) -> Json:
    """Return what a form says in Stripe's way of writing: ``items[0][price]=x``."""
    out: Json = {}
    for key, value in parse_qsl(query, keep_blank_values=True):
        parts = re.findall(r"[^\[\]]+", key)
        place: Any = out
        for part in parts[:-1]:
            place = place.setdefault(part, {})
        place[parts[-1]] = value
    return _lists(out)


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {key: _lists(each) for key, each in value.items()}
    if inner and all(key.isdigit() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner
