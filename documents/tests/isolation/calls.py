"""Asking, and what is compared of two answers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlencode

from django.test import Client

from accounts.once import FIELD
from config.tests.conformance import check_answer
from config.upload_form import UPLOAD_KEY, ReceivedChunk
from documents.tests.api.staging import handed_over, staged_file
from documents.tus import CHUNK_TYPE

# They differ from one answer to the next, whoever asks for what.
OF_THE_MOMENT = re.compile(r"date|expires|server-timing|(x-)?ratelimit.*")
# Every error names the request's id.
SAME_REQUEST_ID = {"X-Request-ID": "the-same-for-all"}
# Hidden fields that are new each time a form is drawn, and how long ago a thing was.
DRAWN_ANEW = re.compile(
    rb'name="(?:csrfmiddlewaretoken|%s)" value="[\w-]+"|just now|\d+(?:\xc2\xa0| )minutes? ago'
    % FIELD.encode()
)


@dataclass(frozen=True)
class Call:
    """One request; of ``body`` (a JSON value, or the fields of a form) the type is told beside."""

    method: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    media_type: str = ""

    @property
    def address(self) -> str:
        """Path and query."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path

    @property
    def fields(self) -> dict[str, str]:
        """The body as fields of a form: what is no text is JSON."""
        return {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in (self.body or {}).items()
        }


@dataclass(frozen=True)
class Answer:
    """What came back; names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """All of it, to be searched."""
        headers = "\n".join(f"{name}: {value}" for name, value in self.headers.items())
        return f"{headers}\n\n{self.body.decode('utf-8', 'replace')}"

    def but_for(self, *sent: str) -> tuple[Any, ...]:
        """Return what must be the same of an unknown id, where ``sent`` are the ids asked for."""
        headers = {
            name: _without(value.encode(), sent)
            for name, value in self.headers.items()
            if not OF_THE_MOMENT.fullmatch(name) and name != "set-cookie"
        }
        if headers.get("content-length") == str(len(self.body)).encode():
            # Minutes passed may have a digit more; what the body says of them is left out below.
            headers["content-length"] = b"that of the body"
        return self.status, headers, _without(DRAWN_ANEW.sub(b"", self.body), sent)


def _without(text: bytes, sent: tuple[str, ...]) -> bytes:
    for each in sent:
        text = text.replace(each.encode(), b"(the id)")
    return text


class Caller(Protocol):
    """A way to send."""

    def send(self, call: Call, credential: Mapping[str, str]) -> Answer:
        """Send ``call`` with the headers of ``credential``."""


class InProcess:
    """Straight into Django, on the test's transaction; forms as the upload lane hands them over.

    Answers of documented operations are held against the document.
    """

    def __init__(self) -> None:
        self._client = Client(raise_request_exception=False)

    def send(self, call: Call, credential: Mapping[str, str]) -> Answer:
        """Send ``call``."""
        self._client.cookies.clear()  # nobody is remembered from one request to the next
        sent = self._client.generic(
            call.method,
            call.address,
            headers={**SAME_REQUEST_ID, **credential, **call.headers},
            **self._body(call),
        )
        body = b"".join(sent.streaming_content) if sent.streaming else sent.content
        headers = {name.lower(): value for name, value in sent.items()}
        if sent.cookies:
            headers["set-cookie"] = sent.cookies.output(header="")
        if call.path.startswith("/api/") and call.method in (
            "GET",
            "POST",
            "PUT",
            "PATCH",
            "DELETE",
        ):
            kept = None if sent.streaming else body
            check_answer(call.method, call.path, sent.status_code, headers, kept)
        return Answer(sent.status_code, headers, body)

    @staticmethod
    def _body(call: Call) -> dict[str, Any]:
        if call.media_type == "application/json":
            return {"data": json.dumps(call.body), "content_type": call.media_type}
        if call.media_type == "application/x-www-form-urlencoded":
            return {"data": urlencode(call.fields), "content_type": call.media_type}
        if call.media_type == "multipart/form-data":
            field = "files" if call.path.endswith("/batch/watermark/") else "file"
            return handed_over(staged_file(), field=field, **call.fields)
        if call.media_type == CHUNK_TYPE and call.method == "PATCH":
            return {"content_type": CHUNK_TYPE, UPLOAD_KEY: ReceivedChunk(offset=0)}
        return {}
