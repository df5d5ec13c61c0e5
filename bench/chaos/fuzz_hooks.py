"""What Schemathesis cannot know of us from the OpenAPI document; it imports this by name."""

from __future__ import annotations

import itertools
import json
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import schemathesis
from hypothesis import strategies

from documents.tests import builders
from documents.tus import CHUNK_TYPE
from documents.watermark import check_text
from documents.watermark.errors import UnsupportedText

HEADER = "Idempotency-Key"
HELD_ONE_IN = 40

# Whole ones, and such as make jobs fail, so that every state of a job is met.
PDFS = strategies.sampled_from(
    [
        builders.plain(),
        builders.plain(3),
        builders.mixed(),
        builders.encrypted(user="secret"),
        builders.signed(),
        builders.without_pages(),
        builders.truncated(),
    ]
)
# Of what is asked for, only PDFs are binary; its own examples are pictures.
schemathesis.openapi.format("binary", PDFS)

_sent: set[str] = set()
_numbers = itertools.count(1)
_wishes = itertools.count()
_refresh_tokens: list[str] = []
_uploads: list[str] = []
_cancelled: list[str] = []
# What is mailed or belongs to people, made beforehand (bench/chaos/fuzz_people.py).
_made: dict[str, list[str]] = json.loads(os.environ.get("FUZZ_PEOPLE", "{}"))
UPLOAD_BYTES = 1_000_000


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case, kwargs: Any) -> None:
    """Make of a request that the document allows one that the product can allow.

    What is meant to be refused stays as it is.
    """
    send_no_key_twice(case)
    wait_seldom(case)
    is_positive = case.meta is not None and case.meta.generation.mode.is_positive
    if "/auth/token" in case.path:
        be_somebody(case)
    elif is_positive and case.operation.path.endswith("/users/me/"):
        case.headers["Authorization"] = f"Bearer {_made['access_token'][0]}"  # a key is nobody
        mend(case.body)
    elif is_positive:
        next((act for part, act in MEANT.items() if part in case.operation.path), say)(case)
    if is_positive:
        # Else it would validate the body anew, and with a file in it find it invalid.
        case._sync_validated_hashes()


def say(case: schemathesis.Case) -> None:
    """Send a body in which every value means something."""
    if "/watermark/" in case.operation.path and isinstance(case.body, dict):
        say_something(case.body)
    elif case.operation.path.endswith("/batches/") and isinstance(case.body, dict):
        case.body["config"] = {"watermark_text": "CHAOS"}
    elif case.operation.path.endswith("/validate/"):
        case.body, case.media_type = {"watermark_text": "CHAOS"}, "application/json"
    mend(case.body)


def try_again(case: schemathesis.Case) -> None:
    """Try a job again that has ended without a copy."""
    if _cancelled:
        case.path_parameters["job_id"] = _cancelled.pop()


def open_page(case: schemathesis.Case) -> None:
    """Ask for a page that every document has: how many there are no schema can tell."""
    case.path_parameters["page"] = 1


def follow_link(case: schemathesis.Case) -> None:
    """Use up a link that was mailed; afterwards there are none that work."""
    if isinstance(case.body, dict) and (made := _made.get(case.operation.path)):
        case.body["key" if "key" in case.body else "token"] = made.pop()
    mend(case.body)


def mean_a_member(case: schemathesis.Case) -> None:
    """Change somebody who is there; of those who are removed there are some."""
    members = _made["member"]
    gone = case.method == "DELETE" and len(members) > 1
    case.path_parameters["user_id"] = members.pop() if gone else members[0]
    mend(case.body)


def mean_any_version(case: schemathesis.Case) -> None:
    """Change whichever version there is: which one that is no schema can tell."""
    if case.method in ("PUT", "PATCH", "DELETE"):
        case.headers["If-Match"] = "*"
    if isinstance(case.body, dict):
        case.body.pop("version", None)
    mend(case.body)


def go_on(case: schemathesis.Case) -> None:
    """Announce a file that is allowed; send bytes to an upload that was begun, from its start."""
    if case.method == "POST":
        length = int(case.headers["Upload-Length"]) % UPLOAD_BYTES
        case.headers["Upload-Length"] = str(UPLOAD_BYTES + length)
    elif case.method == "PATCH" and _uploads:
        case.path_parameters["upload_id"] = _uploads.pop()
        case.headers["Upload-Offset"] = "0"
        case.headers.pop("Upload-Checksum", None)


@schemathesis.serializer(CHUNK_TYPE)
def as_it_is(_: Any, value: Any) -> bytes:
    """Return the body of bytes of an upload."""
    value = getattr(value, "data", value)
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


def send_no_key_twice(case: schemathesis.Case) -> None:
    """With another content the answer is rightly 422, which no schema can tell."""
    key = str((case.headers or {}).get(HEADER, ""))
    if key in _sent and (parts := re.fullmatch(r'("?)(.+)\1', key)):
        quote, text = parts.groups()
        number = f"-{next(_numbers)}"
        case.headers[HEADER] = f"{quote}{text[: 255 - len(number)]}{number}{quote}"
    _sent.add(key)


@schemathesis.hook
def after_call(
    context: schemathesis.HookContext, case: schemathesis.Case, response: schemathesis.Response
) -> None:
    """Keep refresh tokens, uploads and cancelled jobs for those who need one that works."""
    if case.path.endswith("/cancel/") and response.status_code == 200:
        job = response.json()
        _cancelled.extend([job["id"]] if job["state"] == "cancelled" else [])
    if case.path.endswith("/uploads/") and response.status_code == 201:
        _uploads.append(response.json()["id"])
    if "/auth/token" in case.path and response.status_code == 200 and response.content:
        _refresh_tokens.append(response.json()["refresh_token"])


def be_somebody(case: schemathesis.Case) -> None:
    """Log in as who exists, with a token that works: chance would find neither."""
    body = case.body
    is_good = case.meta and case.meta.generation.mode.is_positive and isinstance(body, dict)
    if is_good and "password" in body:
        body["username"], body["password"] = os.environ["FUZZ_LOGIN"].split(" ", 1)
        for name in {"tenant", "otp", "scope"} & body.keys():  # of one's own; none is all
            del body[name]
    elif is_good and "refresh_token" in body and _refresh_tokens:
        body["refresh_token"] = _refresh_tokens.pop()


def wait_seldom(case: schemathesis.Case) -> None:
    """Have few answers held until the job has ended: every example of the document asks for it."""
    wish = (case.headers or {}).get("Prefer", "")
    if wish.startswith("wait="):
        case.headers["Prefer"] = "respond-async" if next(_wishes) % HELD_ONE_IN else "wait=1"


def say_something(form: dict[str, Any]) -> None:
    """A text must come from somewhere, which the document tells in words; presets are unknown."""
    form.pop("preset", None)
    if isinstance(form.get("config"), dict):
        form["config"].pop("preset", None)
        form["config"].setdefault("watermark_text", "CHAOS")
    if not {"config", "watermark_text"} & form.keys():
        form["watermark_text"] = "CHAOS"


def mend(value: Any) -> None:
    """Put in place, at any depth, what the product says of values that no pattern can tell."""
    for inner in value if isinstance(value, list) else ():
        mend(inner)
    for name, inner in value.items() if isinstance(value, dict) else ():
        if name == "allowed_networks" and isinstance(inner, list):
            value[name] = ["203.0.113.0/24"] * bool(inner)
        elif name == "page" and isinstance(inner, int | float):
            value[name] = 1
        elif isinstance(inner, str) and inner.strip() and name in MENDED:
            value[name] = MENDED[name](inner)
        else:
            mend(inner)


def drawable(text: str) -> str:
    """Return ``text`` with an x for each letter that no font of ours has."""
    try:
        check_text(text)
    except UnsupportedText as error:
        kept = "".join("x" if one in error.characters else one for one in text)
        return kept if error.characters else "x"
    return text


def within_bounds(length: str) -> str:
    """Return a length with its own unit and spaces, and a small number."""
    return re.sub(r"[+-]?[0-9.]+", "0.5", length)


def ago(hours: int) -> str:
    """Return a moment of the last days, which alone can be told again."""
    return (datetime.now(UTC) - timedelta(hours=hours)).isoformat(timespec="seconds")


MENDED: dict[str, Callable[[str], str]] = {
    "watermark_text": drawable,
    **dict.fromkeys(("margin", "offset_x", "offset_y", "gap_x", "gap_y"), within_bounds),
    "pages": lambda text: re.sub("-?[1-9][0-9]*|first|last", "1", text),  # none backwards
    **dict.fromkeys(("url", "webhook_url"), lambda _: "https://hooks.example.com/countermark"),
    "password": lambda _: "correct horse battery staple",
    "since": lambda _: ago(2),
    "until": lambda _: ago(1),
    # JSON in a form's field is free text to Schemathesis; as JSON it sends all kinds.
    "tile": lambda _: '{"gap_x": "1cm", "stagger": false}',
    "layers": lambda _: '[{"watermark_text": "{{ page }}"}]',
}

# By a part of the operation's path; the first that fits.
MEANT: dict[str, Callable[[schemathesis.Case], None]] = {
    "/uploads/": go_on,
    "/jobs/{job_id}/retry/": try_again,
    "/presets/{": mean_any_version,
    "/pages/{": open_page,
    "/organization/members/{": mean_a_member,
    **dict.fromkeys(("/verify-email/", "/reset/confirm/", "/invitations/accept/"), follow_link),
}
