"""Uploads from real sockets to the staging area, the view and the blob store."""

from __future__ import annotations

import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Tenant, TokenGrant
from accounts.tests.cast import Person
from accounts.tests.factories import make_api_key, make_tokens
from billing.tests.factories import make_reservation
from config.tests.serving import Reply, Serving
from documents.models import Document
from documents.storage import StagedBlob
from documents.tests.multipart import BOUNDARY, END, begin, chunk, file_form, page_headers, part
from documents.tests.processes import wait_until

MEBIBYTE = 1024 * 1024
PDF = b"%PDF-1.7\n" + os.urandom(50_000)
FORM = file_form(PDF)


@pytest.fixture
def key(live: Serving, tenant: Tenant) -> str:
    return make_api_key(tenant)[1]


def post(live: Serving, key: str | None, form: bytes, **more: Any) -> Reply:
    with begin(live, key, len(form), **more) as wire:
        return wire.send(form).answer()


def problem(reply: Reply) -> tuple[int, str]:
    """Return status and code of a refusal, whose body must have the contract's shape."""
    body = json.loads(reply.body)
    figures = {"unit", "limit", "used", "reserved"} if reply.status == 402 else set()
    assert set(body) == {"type", "title", "status", "detail", "request_id"} | figures
    assert body["request_id"] == reply.headers["x-request-id"][0]
    return reply.status, body["type"]


def stored_files(blob_dir: Path) -> list[Path]:
    return [path for path in blob_dir.rglob("*") if path.is_file()]


def assert_nothing_is_left(blob_dir: Path) -> None:
    wait_until(lambda: not stored_files(blob_dir))
    assert not Document.objects.exists()


# --- What goes through ------------------------------------------------------------------------


def test_an_upload_becomes_a_document(live: Serving, key: str, blob_dir: Path, tenant: Tenant):
    reply = post(live, key, FORM)
    assert reply.status == 201, reply.body
    document = Document.objects.select_related("blob").get()
    assert (document.tenant, document.title, document.file_name) == (tenant, "Offer", "offer.pdf")
    assert document.blob.sha256 == hashlib.sha256(PDF).hexdigest()
    assert [path.read_bytes() for path in stored_files(blob_dir)] == [PDF]


@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_long_file_arrives_in_any_pieces(
    live: Serving, key: str, blob_dir: Path, is_chunked: bool
):
    content = b"%PDF-" + os.urandom(10 * MEBIBYTE)
    form = file_form(content)
    sizes, at = cycle([1, 3, 70, 5000, 70_000, 900_000]), 0
    with begin(live, key, None if is_chunked else len(form)) as wire:
        while at < len(form):
            size = next(sizes)
            piece, at = form[at : at + size], at + size
            wire.send(chunk(piece) if is_chunked else piece)
        reply = wire.send(b"0\r\n\r\n" if is_chunked else b"").answer()
    assert reply.status == 201, reply.body
    assert Document.objects.get().blob.sha256 == hashlib.sha256(content).hexdigest()
    assert [path.read_bytes() for path in stored_files(blob_dir)] == [content]


def test_many_uploads_at_once_do_not_mix(live: Serving, key: str, blob_dir: Path):
    contents = [b"%PDF-" + os.urandom(300_000 + number) for number in range(24)]
    with ThreadPoolExecutor(24) as senders:
        replies = list(senders.map(lambda one: post(live, key, file_form(one)), contents))
    assert {reply.status for reply in replies} == {201}
    expected = [hashlib.sha256(one).hexdigest() for one in contents]
    assert [json.loads(reply.body)["sha256"] for reply in replies] == expected
    assert len(stored_files(blob_dir)) == 24


def test_the_path_without_its_slash_works_too(live: Serving, key: str):
    assert post(live, key, FORM, path="/api/v1/documents").status == 201


def test_scripts_send_json_as_a_file_part(live: Serving, key: str):
    config = part("config", b'{"watermark_text": "DRAFT"}', "blob")
    reply = post(live, key, config + part("file", PDF, "a.pdf") + END, path="/api/v1/watermark/")
    assert reply.status == 202, reply.body


def test_another_body_is_the_views_business(live: Serving, key: str):
    reply = post(live, key, b"{}", content_type="application/xml")
    assert problem(reply) == (415, "unsupported_media_type")


def test_the_server_asks_for_the_body_of_those_it_lets_in(live: Serving, key: str):
    with begin(live, key, len(FORM), expect="100-continue") as wire:
        assert wire.answer_line() == b"HTTP/1.1 100 Continue\r\n"
        assert wire.send(FORM).answer().status == 201


# --- Who is turned away before the body -------------------------------------------------------


def test_nobody_sends_anything(live: Serving, blob_dir: Path):
    with begin(live, None, 100 * MEBIBYTE, expect="100-continue") as wire:
        reply = wire.answer()
        assert wire.is_closed()
    assert problem(reply) == (401, "not_authenticated")
    assert "www-authenticate" in reply.headers
    assert not blob_dir.exists()


def test_who_goes_on_sending_still_hears_it(live: Serving, blob_dir: Path):
    with begin(live, None, 3 * MEBIBYTE) as wire:
        reply = wire.send(b"x" * 3 * MEBIBYTE).answer()
        assert wire.is_closed()
    assert problem(reply) == (401, "not_authenticated")
    assert not blob_dir.exists()


def test_a_credential_must_hold_and_suffice(live: Serving, tenant: Tenant, blob_dir: Path):
    reader = make_api_key(tenant, scopes={"documents:read"})[1]
    writer = make_api_key(tenant, scopes={"documents:write"})[1]
    assert problem(post(live, "cm_live_wrong", FORM))[0] == 401
    assert problem(post(live, reader, FORM)) == (403, "insufficient_scope")
    marks = post(live, writer, FORM, path="/api/v1/watermark/")
    assert problem(marks) == (403, "insufficient_scope")
    Tenant.objects.update(suspended_at=timezone.now())
    assert problem(post(live, writer, FORM)) == (403, "tenant_suspended")
    assert not blob_dir.exists()


def test_a_rate_of_uploads_is_told_before_the_body(
    live: Serving, key: str, tenant: Tenant, blob_dir: Path
):
    Tenant.objects.update(uploads_per_minute=1)
    assert post(live, key, FORM).status == 201
    with begin(live, key, 100 * MEBIBYTE, expect="100-continue") as wire:
        reply = wire.answer()
    assert problem(reply) == (429, "rate_limited")
    assert reply.headers["x-ratelimit-limit"] == ["1"]
    assert 1 <= int(reply.headers["retry-after"][0]) <= 60
    assert Document.objects.count() == 1


def test_a_used_up_month_is_told_before_the_body(
    live: Serving, key: str, tenant: Tenant, blob_dir: Path
):
    Tenant.objects.update(monthly_documents=1)
    make_reservation(tenant)
    with begin(live, key, 100 * MEBIBYTE, path="/api/v1/watermark/", expect="100-continue") as wire:
        assert problem(wire.answer()) == (402, "quota_exceeded")
    assert not blob_dir.exists()
    assert post(live, key, FORM).status == 201  # to keep a document is no mark


def test_a_token_uploads_until_its_log_in_ends(live: Serving, owner: Person, blob_dir: Path):
    token = make_tokens(owner.user)[1].access_token
    assert post(live, token, FORM).status == 201
    assert Document.objects.get().created_by_id == owner.user.pk
    TokenGrant.objects.update(revoked_at=timezone.now())
    with begin(live, token, 100 * MEBIBYTE, expect="100-continue") as wire:
        assert problem(wire.answer()) == (401, "revoked_access_token")
    forged = token.rpartition(".")[0] + ".AAAA"
    assert problem(post(live, forged, FORM)) == (401, "invalid_access_token")


def test_an_announced_oversize_is_refused_at_once(live: Serving, key: str, blob_dir: Path):
    Tenant.objects.update(max_file_bytes=MEBIBYTE)
    with begin(live, key, 3 * MEBIBYTE) as wire:
        assert problem(wire.answer()) == (413, "payload_too_large")
    assert not blob_dir.exists()


def test_a_full_disk_is_seen_before_the_first_byte(
    live: Serving, key: str, settings: Any, blob_dir: Path
):
    settings.MAX_UPLOAD_BYTES = 2**60
    Tenant.objects.update(max_file_bytes=2**60)
    with begin(live, key, 2**59) as wire:
        assert problem(wire.answer()) == (507, "storage_full")
    assert_nothing_is_left(blob_dir)


def test_a_tenant_has_so_many_uploads_at_once(
    live: Serving, key: str, stranger: Person, blob_dir: Path
):
    Tenant.objects.update(max_concurrent_uploads=2)
    long, begun = file_form(b"%PDF-" + bytes(MEBIBYTE)), MEBIBYTE // 2
    others = make_api_key(stranger.tenant)[1]
    with begin(live, key, len(long)) as first, begin(live, key, len(long)) as second:
        first.send(long[:begun])
        second.send(long[:begun])
        wait_until(lambda: len(stored_files(blob_dir)) == 2)
        with begin(live, key, 100 * MEBIBYTE, expect="100-continue") as third:
            reply = third.answer()
        assert problem(reply) == (429, "too_many_uploads")
        assert reply.headers["retry-after"] == ["2"]
        assert post(live, others, FORM).status == 201
        assert first.send(long[begun:]).answer().status == 201
        wait_until(lambda: post(live, key, FORM).status == 201)
    wait_until(lambda: post(live, key, FORM).status == 201)  # the second left, its place is free


# --- What goes wrong on the way ---------------------------------------------------------------


def test_what_is_longer_than_allowed_is_cut_off(live: Serving, key: str, blob_dir: Path):
    """The announced length leaves room for fields, so the file itself is counted too."""
    Tenant.objects.update(max_file_bytes=MEBIBYTE)
    form = file_form(b"%PDF-" + bytes(MEBIBYTE + 1))
    assert problem(post(live, key, form)) == (413, "payload_too_large")
    with begin(live, key, None) as wire:
        assert problem(wire.send(chunk(form)).answer()) == (413, "payload_too_large")
    assert_nothing_is_left(blob_dir)


def test_the_longest_file_allowed_passes(live: Serving, key: str):
    Tenant.objects.update(max_file_bytes=MEBIBYTE)
    assert post(live, key, file_form(b"%PDF-" + bytes(MEBIBYTE - 5))).status == 201


def test_who_leaves_in_the_middle_leaves_nothing(live: Serving, key: str, blob_dir: Path):
    form = file_form(b"%PDF-" + bytes(4 * MEBIBYTE))
    with begin(live, key, len(form)) as wire:
        wire.send(form[: 2 * MEBIBYTE])
        wait_until(lambda: bool(stored_files(blob_dir)))
    assert_nothing_is_left(blob_dir)


def test_who_stalls_is_hung_up_on(
    live: Serving, key: str, blob_dir: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("config.wire.patience.PatientReceive.__init__.__defaults__", (0.3, 16384))
    form = file_form(b"%PDF-" + bytes(MEBIBYTE))
    with begin(live, key, len(form)) as wire:
        reply = wire.send(form[:-5]).answer()
        assert wire.is_closed()
    assert problem(reply) == (408, "request_timeout")
    assert_nothing_is_left(blob_dir)


MALFORMED: dict[str, tuple[bytes, dict[str, str]]] = {
    "another boundary": (FORM.replace(BOUNDARY.encode(), b"other"), {}),
    "no end": (FORM[: -len(END)], {}),
    "nothing": (b"", {}),
    "not form-data": (FORM.replace(b"form-data", b"attachment"), {}),
    "not UTF-8": (part("title", b"\xff") + FORM, {}),
    "no boundary": (FORM, {"content_type": "multipart/form-data"}),
    "long boundary": (FORM, {"content_type": f"multipart/form-data; boundary={'x' * 71}"}),
}


# Each case in a test of its own would spend most of its time on emptying the database.
def test_what_is_no_form_is_malformed(live: Serving, key: str, blob_dir: Path):
    answers = {
        name: problem(post(live, key, form, **more)) for name, (form, more) in MALFORMED.items()
    }
    assert answers == dict.fromkeys(MALFORMED, (400, "malformed_form"))
    assert_nothing_is_left(blob_dir)


def test_a_length_that_is_too_short_ends_the_form(live: Serving, key: str, blob_dir: Path):
    with begin(live, key, len(FORM) - 100) as wire:
        # What follows is no request, which the server may be the first to say.
        assert wire.send(FORM).answer().status == 400
    assert_nothing_is_left(blob_dir)


def test_two_files_are_one_too_many(live: Serving, key: str, blob_dir: Path):
    files = part("file", PDF, "a.pdf") + part("file", PDF, "b.pdf") + END
    status, code = problem(post(live, key, files))
    assert (status, code) == (422, "validation_error")
    assert_nothing_is_left(blob_dir)


MISPLACED = [
    ("/api/v1/documents/batch/watermark/", "file", "files"),
    ("/api/v1/documents/", "files", "file"),
]


@pytest.mark.parametrize(("path", "name", "right"), MISPLACED)
def test_a_file_in_another_field_is_told_where_it_belongs(
    live: Serving, key: str, blob_dir: Path, path: str, name: str, right: str
):
    for content in (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", b"%PDF-1.7\n" + b"x" * 65_537):
        reply = post(live, key, part(name, content, "offer.pdf") + END, path=path)
        assert problem(reply) == (422, "validation_error")
        (told,) = json.loads(reply.body)["detail"]
        assert (told["loc"], told["type"]) == (["body", name], "unexpected_file")
        assert f"`{right}`" in told["msg"]
    assert_nothing_is_left(blob_dir)


def test_fields_have_limits(live: Serving, key: str, blob_dir: Path):
    long_field = part("title", b"x" * 65_537)
    many_fields = b"".join(part(f"f{number}", b"") for number in range(102))
    for fields in (long_field, many_fields):
        assert problem(post(live, key, fields + FORM)) == (413, "payload_too_large")
    assert_nothing_is_left(blob_dir)


def test_what_the_view_refuses_is_removed(live: Serving, key: str, blob_dir: Path):
    for content in (b"", b"MZ" + bytes(100_000)):
        assert problem(post(live, key, file_form(content))) == (415, "unsupported_format")
    assert_nothing_is_left(blob_dir)


def test_a_disk_that_fills_up_is_said_so_and_recovers(
    live: Serving, key: str, blob_dir: Path, monkeypatch: pytest.MonkeyPatch
):
    class Full(StagedBlob):
        """Its file is the device that the kernel keeps full."""

        def __init__(self, path: Path) -> None:
            super().__init__(path)
            full = os.open("/dev/full", os.O_WRONLY)
            os.dup2(full, self.fileno())
            os.close(full)

    with monkeypatch.context() as patch:
        patch.setattr("documents.storage.staging.StagedBlob", Full)
        assert problem(post(live, key, FORM)) == (507, "storage_full")
        assert_nothing_is_left(blob_dir)
    assert post(live, key, FORM).status == 201


# --- The page ---------------------------------------------------------------------------------


def test_the_page_takes_several_files(live: Serving, owner: Person, blob_dir: Path):
    headers, token = page_headers(owner)
    files = part("files", PDF, "a.pdf") + part("files", PDF, "b.pdf")
    reply = post(live, None, token + files + END, **headers)
    assert (reply.status, reply.headers["location"]) == (302, ["/documents/"])
    assert sorted(Document.objects.values_list("title", flat=True)) == ["a", "b"]
    assert len(stored_files(blob_dir)) == 2


def test_the_page_keeps_the_good_files_of_several(live: Serving, owner: Person, blob_dir: Path):
    headers, token = page_headers(owner)
    files = part("files", b"\0no", "bad.pdf") + part("files", PDF, "good.pdf")
    assert post(live, None, token + files + END, **headers).status == 422
    assert Document.objects.get().title == "good"
    wait_until(lambda: len(stored_files(blob_dir)) == 1)


def test_a_page_of_another_site_cannot_upload(live: Serving, owner: Person, blob_dir: Path):
    headers, _ = page_headers(owner)
    assert post(live, None, part("files", PDF, "a.pdf") + END, **headers).status == 403
    assert_nothing_is_left(blob_dir)


def test_an_empty_file_input_is_no_file(live: Serving, owner: Person, blob_dir: Path):
    headers, token = page_headers(owner)
    reply = post(live, None, token + part("files", b"", "") + END, **headers)
    assert (reply.status, b"Choose at least one" in reply.body) == (422, True)
    assert_nothing_is_left(blob_dir)


def test_visitors_are_sent_to_log_in_unread(live: Serving, blob_dir: Path):
    with begin(live, None, 100 * MEBIBYTE, path="/documents/upload/", accept="text/html") as wire:
        reply = wire.answer()
    assert reply.status == 302
    assert reply.headers["location"] == ["/accounts/login/?next=/documents/upload/"]
    assert not blob_dir.exists()


def test_people_are_refused_with_a_page(live: Serving, owner: Person):
    Tenant.objects.update(max_file_bytes=1)
    headers, token = page_headers(owner)
    form = token + part("files", PDF, "a.pdf") + END
    reply = post(live, None, form, accept="text/html", **headers)
    assert reply.status == 413
    assert reply.headers["content-type"] == ["text/html; charset=utf-8"]
    assert "content-security-policy" in reply.headers


# --- Back to the client -----------------------------------------------------------------------


def test_a_download_is_what_was_uploaded(live: Serving, key: str):
    content = b"%PDF-" + os.urandom(10 * MEBIBYTE)
    made = json.loads(post(live, key, file_form(content)).body)
    with live.connect() as wire:
        path = f"/api/v1/documents/{made['id']}/download/"
        asking = {"authorization": f"Bearer {key}"}
        whole = wire.head("GET", path, **asking).answer()
        assert whole.body == content
        assert whole.headers["etag"] == [f'"{made["sha256"]}"']
        head = wire.head("HEAD", path, **asking).answer("HEAD")
        assert head.headers["content-length"] == [str(len(content))]
        some = wire.head("GET", path, range="bytes=1000000-8999999", **asking).answer()
        assert (some.status, some.body) == (206, content[1_000_000:9_000_000])
        none = wire.head("GET", path, if_none_match=whole.headers["etag"][0], **asking)
        assert none.answer().status == 304
