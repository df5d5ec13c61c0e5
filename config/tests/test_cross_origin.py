"""Pages of other sites: only those that are allowed may read, in every lane and any refusal."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from accounts.models import Tenant
from accounts.tests.factories import make_api_key, make_tenant
from config.checks import cross_origins_make_sense
from config.lanes.cross_origin import ASKED, METHODS, TOLD
from config.tests.conformance import openapi
from config.tests.serving import Reply, Serving
from documents.tests.factories import make_document, make_job, make_pdf
from documents.tests.live import blob_dir, live, web_process
from documents.tests.multipart import BOUNDARY, file_form
from documents.tests.tus_client import CHUNK, UPLOADS

__all__ = ["blob_dir", "live", "web_process"]

APP = "https://app.example.com"
EVIL = ("https://evil.example", "https://app.example.com.evil.example", "http://app.example.com",
        "https://app.example.com:444", "https://APP.example.com", "null", "*", "")  # fmt: skip
FORM = f"multipart/form-data; boundary={BOUNDARY}"
MEBIBYTE = 1024 * 1024


@pytest.fixture
def tenant(live: Serving) -> Tenant:
    return make_tenant()


@pytest.fixture
def key(tenant: Tenant, settings: Any) -> str:
    settings.CORS_ORIGINS = frozenset({APP, "http://localhost:3000"})
    return make_api_key(tenant)[1]


def ask(live: Serving, method: str, path: str, content: bytes = b"", **headers: Any) -> Reply:
    length = headers.pop("content_length", len(content))
    with live.connect() as wire:
        wire.head(method, path, content_length=length, **headers)
        return wire.send(content).answer(method)


def every_lane(live: Serving, tenant: Tenant, key: str, origin: str) -> dict[str, Reply]:
    """Ask everybody who could answer, as a page of ``origin``."""
    who: dict[str, Any] = {"authorization": f"Bearer {key}", "origin": origin}
    job = make_job(make_document(tenant), state="succeeded")
    form, chunk = {"content_type": FORM}, {"content_type": CHUNK, "tus_resumable": "1.0.0"}
    pdf = make_pdf()
    nobody = {"origin": origin}
    return {
        "200": ask(live, "GET", "/api/v1/documents/", **who),
        "204": ask(live, "OPTIONS", UPLOADS, **nobody),
        "401": ask(live, "GET", "/api/v1/documents/", **nobody),
        "404": ask(live, "GET", "/api/v1/nothing/", **who),
        "405": ask(live, "PUT", "/api/v1/documents/", **who),
        "422": ask(live, "GET", "/api/v1/jobs/?state=x", **who),
        "too much": ask(live, "POST", "/api/v1/jobs/", content_length=9 * MEBIBYTE, **who),
        "uploaded": ask(live, "POST", "/api/v1/documents/", file_form(pdf), **form, **who),
        "unknown": ask(
            live, "POST", "/api/v1/documents/", content_length=MEBIBYTE, **form, **nobody
        ),
        "begun": ask(live, "POST", UPLOADS, upload_length=9, tus_resumable="1.0.0", **who),
        "begun with bytes": ask(live, "POST", UPLOADS, b"%PDF", upload_length=9, **chunk, **who),
        "not begun": ask(
            live, "POST", UPLOADS, upload_length=9, content_length=MEBIBYTE, **chunk, **nobody
        ),
        "events": ask(live, "GET", f"/api/v1/jobs/{job.pk}/events/", **who),
        "document": ask(live, "GET", "/openapi.json", **nobody),
    }  # fmt: skip


def about_origins(reply: Reply) -> dict[str, list[str]]:
    return {name: value for name, value in reply.headers.items() if name.startswith("access-")}


@pytest.mark.django_db(transaction=True)
def test_an_allowed_page_may_read_whatever_answers(live: Serving, tenant: Tenant, key: str) -> None:
    for what, reply in every_lane(live, tenant, key, APP).items():
        told = about_origins(reply)
        assert told.pop("access-control-expose-headers", None), what
        assert told == {"access-control-allow-origin": [APP]}, what
        assert "Origin" in ", ".join(reply.headers["vary"]), what


@pytest.mark.django_db(transaction=True)
def test_no_other_page_may(live: Serving, tenant: Tenant, key: str) -> None:
    for origin in EVIL:
        for what, reply in every_lane(live, tenant, key, origin).items():
            assert about_origins(reply) == {}, (origin, what)
            assert "Origin" in ", ".join(reply.headers["vary"]), what


@pytest.mark.django_db(transaction=True)
def test_preflights(live: Serving, key: str) -> None:
    for path in ("/api/v1/documents/", "/api/v1/documents", UPLOADS, f"{UPLOADS}x/", "/api/v1/no/"):
        asked = {"access_control_request_method": "PATCH",
                 "access_control_request_headers": "authorization,tus-resumable"}  # fmt: skip
        reply = ask(live, "OPTIONS", path, origin=APP, **asked)
        assert (reply.status, reply.body) == (204, b"")
        told = about_origins(reply)
        assert told["access-control-allow-origin"] == [APP]
        assert told["access-control-allow-methods"] == [", ".join(METHODS)]
        assert "Tus-Resumable" in told["access-control-allow-headers"][0]
        assert "access-control-allow-credentials" not in told
        assert reply.headers["x-request-id"] and reply.headers["content-security-policy"]
        refused = ask(live, "OPTIONS", path, origin=EVIL[0], **asked)
        assert (refused.status, about_origins(refused)) == (204, {})


@pytest.mark.django_db(transaction=True)
def test_nothing_changes_where_nobody_is_allowed(
    live: Serving, tenant: Tenant, key: str, settings: Any
) -> None:
    settings.CORS_ORIGINS = frozenset()
    for reply in every_lane(live, tenant, key, APP).values():
        assert about_origins(reply) == {}
        assert "Origin" not in ", ".join(reply.headers.get("vary", []))
    asked = {"origin": APP, "access_control_request_method": "GET"}
    assert ask(live, "OPTIONS", "/api/v1/documents/", **asked).status in (401, 405)


@pytest.mark.django_db(transaction=True)
def test_pages_are_nobody_elses(live: Serving, key: str) -> None:
    for path in ("/", "/health", "/accounts/login/", "/apis/", "/docs"):
        assert about_origins(ask(live, "GET", path, origin=APP)) == {}


def test_every_header_of_the_document_may_be_asked_and_read() -> None:
    """Whoever documents a new header lets other front ends use it."""
    asked, told = set(), {*openapi()["components"]["headers"]}
    for methods in openapi()["paths"].values():
        for operation in methods.values():
            asked |= {
                one["name"] for one in operation.get("parameters", []) if one["in"] == "header"
            }
            for answer in operation["responses"].values():
                told |= {*answer.get("headers", {})}
    always = {"Content-Type", "Cache-Control", "Content-Language", "Last-Modified", "Expires"}
    assert asked - {*ASKED} == set()
    assert told - {*TOLD} - always == set()


@pytest.mark.parametrize(
    "origin",
    ["*", "null", "app.example.com", "https://app.example.com/", "https://app.example.com/x",
     "https://App.example.com", "https://app.example.com:443", "http://localhost:80", "https://",
     "https://a@b.example", "https://a.example?x", "ftp://a.example", "https://*.example.com",
     "https://a.example:x"],
)  # fmt: skip
def test_nonsense_is_an_error(settings: Any, origin: str) -> None:
    settings.CORS_ORIGINS = frozenset({origin})
    (error,) = cross_origins_make_sense(None)
    assert error.id == "countermark.E006"
    assert json.dumps(origin)[1:-1] in error.msg


def test_what_makes_sense(settings: Any) -> None:
    settings.CORS_ORIGINS = frozenset(
        {"https://a.example", "http://localhost:3000", "http://[::1]:1"}
    )
    assert cross_origins_make_sense(None) == []
    settings.CORS_ORIGINS = frozenset({"http://a.example"})
    (warning,) = cross_origins_make_sense(None)
    assert (warning.id, bool(re.search("plain", warning.msg))) == ("countermark.W006", True)
