"""Bytes that come with the cookie of our pages, and those that another site would send with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.middleware.csrf import _get_new_csrf_string

from accounts.tests.cast import Person
from accounts.tests.factories import make_api_key
from config.tests.serving import Reply, Serving
from documents.models import Document, ResumableUpload
from documents.storage import resumable_files
from documents.tests.factories import make_pdf, make_upload
from documents.tests.multipart import BOUNDARY, file_form, part
from documents.tests.test_upload_lane import problem
from documents.tests.tus_client import CHUNK, UPLOADS, Tus

MEBIBYTE = 1024 * 1024
TOKEN = _get_new_csrf_string()
FORM_TYPE = f"multipart/form-data; boundary={BOUNDARY}"
PDF = make_pdf()
FORMS = ("/api/v1/documents/", "/api/v1/documents", "/api/v1/watermark/")


@pytest.fixture
def browser(live: Serving, owner: Person) -> dict[str, Any]:
    """The headers that a browser sends by itself to this site, from whatever page."""
    cookies = {name: one.value for name, one in owner.client.cookies.items()}
    pairs = {**cookies, "csrftoken": TOKEN}.items()
    return {"cookie": "; ".join(f"{name}={value}" for name, value in pairs)}


@pytest.fixture
def tus(live: Serving) -> Tus:
    return Tus(live, None)


def spooled(blob_dir: Path) -> list[Path]:
    return [file for file in blob_dir.rglob("*") if file.is_file()]


def told_before_the_body(live: Serving, method: str, path: str, **headers: Any) -> Reply:
    """Announce 100 MB and send none of them: what is answered was known from the headers."""
    with live.connect() as wire:
        reply = wire.head(method, path, content_length=100 * MEBIBYTE, **headers).answer()
    return reply


def test_a_page_of_ours_sends_and_resumes(tus: Tus, browser: Any, live: Serving) -> None:
    own = {**browser, "x_csrftoken": TOKEN, "origin": "http://localhost"}
    path = tus.create(len(PDF), PDF[:5], **own)
    assert tus.send(path, 5, PDF[5:20], **own).status == 204
    as_post = {**own, "x_http_method_override": "PATCH", "upload_offset": 20}
    assert tus.ask("POST", path, PDF[20:], content_type=CHUNK, **as_post).status == 204
    upload = ResumableUpload.objects.get()
    assert resumable_files().path(upload.pk).read_bytes() == PDF
    form = {**own, "content_type": FORM_TYPE}
    for path in FORMS:
        config = b"" if "documents" in path else part("watermark_text", b"DRAFT")
        assert tus.ask("POST", path, config + file_form(PDF), **form).status in (201, 202)
    assert Document.objects.count() == len(FORMS)


FAKES: dict[str, dict[str, Any]] = {
    "no token": {},
    "a wrong token": {"x_csrftoken": "a" * 32},
    "no token that could be": {"x_csrftoken": "\xe4"},
    "another site": {"x_csrftoken": TOKEN, "origin": "https://evil.example"},
    "a page without a name": {"x_csrftoken": TOKEN, "origin": "null"},
    "another port of this machine": {"x_csrftoken": TOKEN, "origin": "http://localhost:8001"},
}


@pytest.mark.parametrize("fake", FAKES)
def test_nothing_of_what_another_site_sends_is_kept(
    live: Serving, owner: Person, browser: Any, blob_dir: Path, fake: str
) -> None:
    upload = make_upload(owner.tenant, size_bytes=100 * MEBIBYTE, content=b"mine")
    before = spooled(blob_dir)
    headers = {**browser, **FAKES[fake]}
    chunk = {"content_type": CHUNK, "tus_resumable": "1.0.0", **headers}
    path = f"{UPLOADS}{upload.pk}/"
    patch = {**chunk, "upload_offset": 4}
    answers = [
        told_before_the_body(live, "PATCH", path, **patch),
        told_before_the_body(live, "POST", path, x_http_method_override="PATCH", **patch),
        told_before_the_body(live, "POST", UPLOADS, upload_length=100 * MEBIBYTE, **chunk),
        *(
            told_before_the_body(live, "POST", one, content_type=FORM_TYPE, **headers)
            for one in FORMS
        ),
    ]
    assert {problem(reply) for reply in answers} == {(403, "csrf_failed")}
    assert spooled(blob_dir) == before
    assert resumable_files().path(upload.pk).read_bytes() == b"mine"
    assert ResumableUpload.objects.count() == 1


def test_without_our_cookie_no_token_helps(live: Serving, owner: Person, blob_dir: Path) -> None:
    """The token is worth what the cookie beside it says, which another site cannot set."""
    cookies = "; ".join(f"{name}={one.value}" for name, one in owner.client.cookies.items())
    for path in FORMS:
        reply = told_before_the_body(
            live, "POST", path, content_type=FORM_TYPE, cookie=cookies, x_csrftoken=TOKEN
        )
        assert problem(reply) == (403, "csrf_failed")
    assert not spooled(blob_dir)


def test_our_forms_are_not_read_for_another_site(
    live: Serving, browser: Any, blob_dir: Path
) -> None:
    """Their token lies in the body; where the page is of another site, its Origin says so."""
    for origin in ("https://evil.example", "null"):
        reply = told_before_the_body(
            live,
            "POST",
            "/documents/upload/",
            content_type=FORM_TYPE,
            origin=origin,
            accept="text/html",
            **browser,
        )
        assert reply.status == 403
        assert b"csrf" not in reply.body
    assert not spooled(blob_dir)


def test_a_key_needs_no_token_beside_a_cookie(live: Serving, owner: Person, browser: Any) -> None:
    """Whoever can send a header of its own is no page of another site."""
    tus = Tus(live, make_api_key(owner.tenant)[1])
    assert tus.send(tus.create(4, **browser), 0, b"mine", **browser).status == 204
