"""What Schemathesis cannot know of us from the OpenAPI document; it imports this by name."""

from __future__ import annotations

import itertools
import os
import re
import uuid
from collections.abc import Callable
from typing import Any

import httpx2
import schemathesis
from hypothesis import strategies
from schemathesis.core import NotSet

from bench.chaos.fuzz_values import MADE, be_a_range, logo, mend, say_something
from documents.tests import builders
from documents.tus import CHUNK_TYPE

HEADER = "Idempotency-Key"
HELD_ONE_IN = 40
# What comes of the steps before them is worth more than what is there already.
CHAINED = ("/result/", "/items/")

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
_word_documents: set[str] = set()
# What is there once, for all requests of its kind.
NEEDED = {things[0] for things in MADE.values() if len(things) == 1}
UPLOAD_BYTES = 1_000_000


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case, kwargs: Any) -> None:
    """Make of a request that the document allows one that the product can allow.

    What is meant to be refused stays as it is.
    """
    send_no_key_twice(case)
    wait_seldom(case)
    spare_what_is_needed(case)
    is_positive = case.meta is not None and case.meta.generation.mode.is_positive
    if "/auth/token" in case.path:
        be_somebody(case)
    elif is_positive and case.operation.path.endswith("/users/me/"):
        case.headers["Authorization"] = f"Bearer {MADE['access_token'][0]}"  # a key is nobody
        mend(case.body)
    elif is_positive:
        next((act for part, act in MEANT.items() if part in case.operation.path), say)(case)
    if is_positive:
        # Else it would validate the body anew, and with a file in it find it invalid.
        case._sync_validated_hashes()


def spare_what_is_needed(case: schemathesis.Case) -> None:
    """Leave alone what other requests go on using: it was found in a list, too."""
    if case.method == "DELETE" or "/api-keys/{" in case.operation.path:
        for name, value in (case.path_parameters or {}).items():
            if value in NEEDED:
                case.path_parameters[name] = str(uuid.uuid4())


def say(case: schemathesis.Case) -> None:
    """Send a body in which every value means something."""
    if (case.path_parameters or {}).get("document_id") in _word_documents and case.body:
        case.body = {"watermark_text": "CHAOS"}  # of more they take little, which no schema tells
    mend(case.body)
    path = case.operation.path
    if isinstance(case.body, NotSet) and path.endswith(("/batches/", "/watermark/", "/validate/")):
        # Enough where the workspace has a default mark, which no schema can tell.
        case.body, case.media_type = {}, "application/json"
    body = case.body if isinstance(case.body, dict) else {}
    if "watermark_config" in body or path.endswith("/documents/batch/watermark/"):
        body["watermark_config"] = {"watermark_text": "CHAOS"}
    elif path.endswith("/batches/"):
        body["config"] = {"watermark_text": "CHAOS"}
    elif path.endswith(("/validate/", "/preview/")) or "/watermark/" in path:
        say_something(body)


def act_on_what_there_is(case: schemathesis.Case) -> None:
    """Start, retry, replay what is in a state for it; when none is left, whatever comes."""
    is_chained = case.meta is not None and case.meta.phase.name == "stateful"
    things = MADE.get(case.operation.definition.raw["operationId"])
    if things and not (is_chained and case.operation.path.endswith(CHAINED)):
        name = next(iter(case.path_parameters))
        case.path_parameters[name] = things.pop() if len(things) > 1 else things[0]
    mend(case.body)


def fill_a_batch(case: schemathesis.Case) -> None:
    """Add a document that is there to a batch that is open."""
    act_on_what_there_is(case)
    if isinstance(case.body, dict) and "document_id" in case.body:
        case.body["document_id"] = MADE["document"][0]


def ask_for_days(case: schemathesis.Case) -> None:
    """Ask for a range that goes forwards."""
    be_a_range(case.query or {})


def name_documents(case: schemathesis.Case) -> None:
    """Name documents that are there, and for all of them one thing to be done."""
    if not isinstance(case.body, dict):
        return
    doomed, (kept,) = MADE["deleteDocuments"], MADE["document"]
    if case.operation.path.endswith("/bulk-delete/"):
        case.body["document_ids"] = [doomed.pop() if len(doomed) > 1 else doomed[0]]
    elif "doc_id" in case.body:
        case.body["doc_id"] = kept
    else:
        case.body["document_ids"] = [kept]
        case.body["operations"] = case.body["operations"][:1]
        for each in case.body["operations"]:
            each["config"] = each.get("config") or {}
            mend(each)
            say_something(each)
            each["config"].setdefault("type", "text")


def stop_something(case: schemathesis.Case) -> None:
    """Cancel a job that takes long, asked for just now."""
    address = f"{case.operation.base_url}/api/v1/documents/{MADE['long document'][0]}"
    mark = {"watermark_text": "CHAOS", "strength": "raster"}
    headers = {"Authorization": MADE["authorization"][0]}
    asked = httpx2.post(f"{address}/watermark/", json=mark, headers=headers, timeout=30)
    case.path_parameters["job_id"] = asked.raise_for_status().json()["id"]


def add_elsewhere(case: schemathesis.Case) -> None:
    """Add a person to the other workspace: in the first one a hundred have been invited already."""
    if case.method == "POST":
        case.headers["Authorization"] = MADE["authorization of the other"][0]
    mend(case.body)


def show_a_picture(case: schemathesis.Case) -> None:
    """Send a logo: of PDFs only those of one page are taken."""
    if isinstance(case.body, dict) and "file" in case.body:
        case.body["file"] = logo()


def try_again(case: schemathesis.Case) -> None:
    """Try a job again that has ended without a copy."""
    failed = _cancelled or MADE["retryJob"]
    if failed:
        case.path_parameters["job_id"] = failed.pop()


def open_page(case: schemathesis.Case) -> None:
    """Ask for a page that every document has: how many there are no schema can tell."""
    case.path_parameters["page"] = 1


def follow_link(case: schemathesis.Case) -> None:
    """Use up a link that was mailed; afterwards there are none that work."""
    if isinstance(case.body, dict) and (made := MADE.get(case.operation.path)):
        case.body["key" if "key" in case.body else "token"] = made.pop()
    mend(case.body)


def mean_a_member(case: schemathesis.Case) -> None:
    """Change somebody who is there; of those who are removed there are some."""
    members = MADE["member"]
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


@schemathesis.deserializer("text/event-stream")
def as_one_text(_: Any, response: schemathesis.Response) -> None:
    """The document describes a stream as one text; Schemathesis would have it describe an event."""
    raise NotImplementedError


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
    if case.path.endswith("/documents/") and response.status_code == 201:
        document = response.json()
        _word_documents.update([document["id"]] if document["format"] == "docx" else [])
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


# By a part of the operation's path; the first that fits.
MEANT: dict[str, Callable[[schemathesis.Case], None]] = {
    "/uploads/": go_on,
    "/jobs/{job_id}/retry/": try_again,
    "/jobs/{job_id}/cancel/": stop_something,
    **dict.fromkeys(("/process/", "/bulk-delete/"), name_documents),
    "/batches/{batch_id}/items/": fill_a_batch,
    **dict.fromkeys(("/start/", "/retry-failed/", "archive.zip", "/replay/"), act_on_what_there_is),
    **dict.fromkeys(
        ("/invoices/{", "/rotate-secret/", "}/events/", "}/result/"), act_on_what_there_is
    ),
    "/usage/": ask_for_days,
    "/assets/": show_a_picture,
    "/pages/{": open_page,
    "/users/": add_elsewhere,
    "/organization/members/{": mean_a_member,
    **dict.fromkeys(("/verify-email/", "/reset/confirm/", "/invitations/accept/"), follow_link),
    **dict.fromkeys(("/presets/{", "/organization/", "/billing-details/"), mean_any_version),
}
