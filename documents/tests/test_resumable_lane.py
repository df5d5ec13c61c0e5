"""Resumable uploads over real sockets: the protocol's table, and what breaks on the way."""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Tenant
from accounts.tests.cast import Person
from accounts.tests.factories import make_api_key
from config.tests.serving import Reply, Serving
from documents.models import Document, ResumableUpload
from documents.storage import UploadLocked, resumable_files
from documents.tests.factories import make_pdf
from documents.tests.multipart import chunk
from documents.tests.processes import wait_until
from documents.tests.test_upload_lane import problem
from documents.tests.tus_client import CHUNK, UPLOADS, Tus, checksum, metadata

MEBIBYTE = 1024 * 1024
HELLO = b"hello world"


@pytest.fixture
def tus(live: Serving, tenant: Tenant) -> Tus:
    return Tus(live, make_api_key(tenant, scopes={"documents:write", "documents:read"})[1])


def id_of(path: str) -> uuid.UUID:
    return uuid.UUID(path.rstrip("/").rpartition("/")[2])


def stored(path: str) -> bytes:
    return resumable_files().path(id_of(path)).read_bytes()


def is_written_to(path: str) -> bool:
    try:
        resumable_files().open(id_of(path)).close()
    except UploadLocked:
        return True
    return False


def refused(reply: Reply) -> tuple[int, str]:
    assert reply.headers["tus-resumable"] == ["1.0.0"]
    return problem(reply)


# --- The way through --------------------------------------------------------------------------


def test_from_creation_to_document(tus: Tus, tenant: Tenant, blob_dir: Path) -> None:
    content = make_pdf(2) + os.urandom(3 * MEBIBYTE)
    words = metadata(filename="../Angebot №1.pdf", title="Offer", filetype="application/pdf")
    reply = tus.ask("POST", UPLOADS, upload_length=len(content), upload_metadata=words)
    assert (reply.status, reply.headers["upload-offset"]) == (201, ["0"])
    path = reply.headers["location"][0]
    for start in range(0, len(content), MEBIBYTE):
        sent = tus.send(path, start, content[start : start + MEBIBYTE])
        end = min(start + MEBIBYTE, len(content))
        assert (sent.status, sent.headers["upload-offset"]) == (204, [str(end)])
        assert "upload-expires" in sent.headers
    head = tus.ask("HEAD", path)
    assert head.headers["upload-metadata"] == [words]
    assert head.headers["upload-length"] == [str(len(content))]
    assert head.headers["cache-control"] == ["no-store"]
    as_json = {"content_type": "application/json"}
    body = json.dumps({"upload_id": path.split("/")[-2]}).encode()
    answers = [tus.ask("POST", "/api/v1/documents/", body, **as_json) for _ in range(2)]
    assert [answer.status for answer in answers] == [201, 200]
    assert answers[0].body == answers[1].body
    made = json.loads(answers[0].body)
    assert (made["title"], made["file_name"]) == ("Offer", "Angebot №1.pdf")
    assert made["sha256"] == hashlib.sha256(content).hexdigest()
    shown = json.loads(tus.ask("GET", path, tus_resumable=None).body)
    assert (shown["document_id"], shown["offset"]) == (made["id"], len(content))
    assert [file.read_bytes() for file in blob_dir.rglob("*") if file.is_file()] == [content]
    assert refused(tus.send(path, len(content), b"")) == (409, "upload_taken")
    assert tus.ask("DELETE", path).status == 204
    assert Document.objects.get().tenant == tenant


def test_the_first_bytes_may_come_with_the_creation(tus: Tus, blob_dir: Path) -> None:
    path = tus.create(11, HELLO[:5], upload_checksum=checksum(HELLO[:5], "sha256"))
    assert tus.offset(path) == 5
    assert tus.send(path, 5, HELLO[5:]).headers["upload-offset"] == ["11"]
    assert stored(path) == HELLO
    assert len([file for file in blob_dir.rglob("*") if file.is_file()]) == 1


def test_a_body_in_chunks(tus: Tus) -> None:
    path = tus.create(11)
    with tus.begin_sending(path, 0, None) as wire:
        reply = wire.send(chunk(HELLO[:3]), chunk(HELLO[3:]), b"0\r\n\r\n").answer("HEAD")
    assert (reply.status, stored(path)) == (204, HELLO)


def test_the_path_without_its_slash_works_too(tus: Tus) -> None:
    path = tus.create(11).rstrip("/")
    assert tus.send(path, 0, HELLO).status == 204
    assert tus.ask("POST", UPLOADS.rstrip("/"), upload_length=1).status == 201


def test_methods_may_travel_as_post(tus: Tus) -> None:
    path = tus.create(11)
    headers = {"content_type": CHUNK, "upload_offset": 0, "x_http_method_override": "PATCH"}
    assert tus.ask("POST", path, HELLO, **headers).status == 204
    head = tus.ask("POST", path, x_http_method_override="HEAD")
    assert (head.status, head.headers["upload-offset"]) == (200, ["11"])
    assert tus.ask("POST", path, x_http_method_override="DELETE").status == 204
    assert tus.ask("HEAD", path).status == 404


def test_options_need_no_credential(live: Serving) -> None:
    for path in (UPLOADS, f"{UPLOADS}{uuid.uuid4()}/"):
        reply = Tus(live, None).ask("OPTIONS", path, tus_resumable=None)
        told = {name: reply.headers[f"tus-{name}"][0] for name in ("version", "extension")}
        assert reply.status == 204
        assert told["version"] == "1.0.0"
        assert set(told["extension"].split(",")) >= {"creation", "checksum", "termination"}
        assert reply.headers["tus-checksum-algorithm"] == ["sha1,sha256"]
        assert int(reply.headers["tus-max-size"][0]) > 0


def test_a_creation_sent_twice_with_its_key_is_one(tus: Tus) -> None:
    def create(content: bytes = b"", **headers: Any) -> Reply:
        kind = {"content_type": CHUNK} if content else {}
        headers = {"idempotency_key": "one", "upload_length": 11, **kind, **headers}
        return tus.ask("POST", UPLOADS, content, **headers)

    first, second = create(), create()
    assert first.headers["location"] == second.headers["location"]
    assert problem(create(upload_length=12)) == (422, "idempotency_key_reused")
    with_bytes = [create(HELLO, idempotency_key="two") for _ in range(2)]
    assert with_bytes[0].headers["location"] == with_bytes[1].headers["location"]
    assert with_bytes[1].headers["idempotency-replayed"] == ["true"]
    other = create(HELLO[:5], idempotency_key="two")
    assert problem(other) == (422, "idempotency_key_reused")
    assert ResumableUpload.objects.count() == 2


# --- What is refused --------------------------------------------------------------------------

REFUSALS: dict[str, tuple[dict[str, Any], tuple[int, str]]] = {
    "nobody": ({"authorization": None}, (401, "not_authenticated")),
    "a wrong key": ({"authorization": "Bearer cm_live_no"}, (401, "invalid_api_key")),
    "no version": ({"tus_resumable": None}, (412, "tus_version_unsupported")),
    "another version": ({"tus_resumable": "0.2.2"}, (412, "tus_version_unsupported")),
}
CREATIONS = {
    **REFUSALS,
    "no length": ({"upload_length": None}, (422, "validation_error")),
    "no number": ({"upload_length": "-1"}, (422, "validation_error")),
    "a deferred length": (
        {"upload_length": None, "upload_defer_length": 1},
        (422, "validation_error"),
    ),
    "nothing": ({"upload_length": 0}, (422, "validation_error")),
    "too long": ({"upload_length": 2**40}, (413, "payload_too_large")),
    "no base64": ({"upload_metadata": "filename a.pdf"}, (422, "validation_error")),
    "no checksum": ({"upload_checksum": "0"}, (422, "validation_error")),
    "a key twice": ({"upload_metadata": "a YQ==,a YQ=="}, (422, "validation_error")),
    "no ASCII": ({"upload_metadata": "filename YQ==,\xa0"}, (422, "validation_error")),
    "no UTF-8": ({"upload_metadata": "filename /w=="}, (422, "validation_error")),
    "long words": ({"upload_metadata": f"a {'YWFh' * 2000}"}, (422, "validation_error")),
}


@pytest.mark.parametrize("content", [b"", HELLO], ids=["empty", "with bytes"])
def test_creations_that_are_refused(tus: Tus, blob_dir: Path, content: bytes) -> None:
    kind = {"content_type": CHUNK} if content else {}
    answers = {}
    for name, (headers, _) in CREATIONS.items():
        key, tus.key = tus.key, None if "authorization" in headers else tus.key
        headers = {"upload_length": 11, **kind, **headers}
        answers[name] = refused(tus.ask("POST", UPLOADS, content, **headers))
        tus.key = key
    assert answers == {name: expected for name, (_, expected) in CREATIONS.items()}
    assert not ResumableUpload.objects.exists()
    wait_until(lambda: not [file for file in blob_dir.rglob("*") if file.is_file()])


def test_a_creation_takes_no_other_body(tus: Tus) -> None:
    for kind in ("application/json", "multipart/form-data; boundary=x", "text/plain"):
        reply = tus.ask("POST", UPLOADS, b"{}", content_type=kind, upload_length=2)
        assert refused(reply) == (415, "unsupported_media_type")
    reply = tus.ask("POST", UPLOADS, HELLO, content_type=CHUNK, upload_length=5)
    assert refused(reply) == (413, "payload_too_large")
    wrong = checksum(b"other")
    reply = tus.ask(
        "POST", UPLOADS, HELLO, content_type=CHUNK, upload_length=11, upload_checksum=wrong
    )
    assert refused(reply) == (460, "checksum_mismatch")
    assert not ResumableUpload.objects.exists()


CONTINUATIONS = {
    **REFUSALS,
    "no offset": ({"upload_offset": None}, (422, "validation_error")),
    "no number": ({"upload_offset": "x"}, (422, "validation_error")),
    "too early": ({"upload_offset": 4}, (409, "upload_offset_mismatch")),
    "too late": ({"upload_offset": 6}, (409, "upload_offset_mismatch")),
    "far too late": ({"upload_offset": 600}, (409, "upload_offset_mismatch")),
    "another type": ({"content_type": "text/plain"}, (415, "unsupported_media_type")),
    "an unknown hash": ({"upload_checksum": "md5 AAAA"}, (422, "validation_error")),
    "no hash": ({"upload_checksum": "sha1 AAAA"}, (422, "validation_error")),
    "another hash": ({"upload_checksum": checksum(b"no")}, (460, "checksum_mismatch")),
}


def test_continuations_that_are_refused(tus: Tus) -> None:
    path, answers = tus.create(11, HELLO[:5]), {}
    for name, (headers, _) in CONTINUATIONS.items():
        key, tus.key = tus.key, None if "authorization" in headers else tus.key
        headers = {"content_type": CHUNK, "upload_offset": 5, **headers}
        answers[name] = refused(tus.ask("PATCH", path, HELLO[5:], **headers))
        tus.key = key
    assert answers == {name: expected for name, (_, expected) in CONTINUATIONS.items()}
    assert stored(path) == HELLO[:5]
    assert refused(tus.send(path, 5, HELLO)) == (413, "payload_too_large")
    with tus.begin_sending(path, 5, None) as wire:
        reply = wire.send(chunk(HELLO), b"0\r\n\r\n").answer()
    assert refused(reply) == (413, "payload_too_large")
    assert stored(path) == HELLO[:5]


def test_the_version_is_named_to_who_speaks_another(tus: Tus) -> None:
    reply = tus.ask("POST", UPLOADS, upload_length=1, tus_resumable="0.1")
    assert (reply.status, reply.headers["tus-version"]) == (412, ["1.0.0"])
    head = tus.ask("HEAD", tus.create(1), tus_resumable=None)
    assert (head.status, head.headers["tus-version"]) == (412, ["1.0.0"])


def test_anothers_upload_is_as_unknown_as_one_that_never_was(
    live: Serving, tus: Tus, stranger: Person, tenant: Tenant
) -> None:
    path = tus.create(11, HELLO[:5])
    over = tus.create(11)
    ResumableUpload.objects.filter(pk=over.split("/")[-2]).update(expires_at=timezone.now())
    before = ResumableUpload.objects.values().get(pk=path.split("/")[-2])
    other = Tus(live, make_api_key(stranger.tenant)[1])
    same = {"x_request_id": "the-same-for-all"}

    def answers(who: Tus, path: str) -> list[tuple[int, bytes]]:
        replies = [
            who.send(path, 5, HELLO[5:], **same),
            who.send(path, 5, HELLO[5:], upload_checksum=checksum(b"no"), **same),
            *(who.ask(method, path, **same) for method in ("HEAD", "GET", "DELETE")),
        ]
        return [(reply.status, reply.body) for reply in replies]

    unknown = answers(other, f"{UPLOADS}{uuid.uuid4()}/")
    assert {status for status, _ in unknown} == {404}
    assert answers(other, path) == unknown
    assert answers(tus, over) == unknown
    assert ResumableUpload.objects.values().get(pk=before["id"]) == before
    assert stored(path) == HELLO[:5]
    reader = Tus(live, make_api_key(tenant, scopes={"documents:read"})[1])
    assert {status for status, _ in answers(reader, path)} == {403}


def test_a_tenant_has_so_many_at_once(tus: Tus) -> None:
    """The places are those of all uploads."""
    Tenant.objects.update(max_concurrent_uploads=1)
    first, second = tus.create(11), tus.create(11)
    with tus.begin_sending(first, 0, 11) as wire:
        wire.send(HELLO[:5])
        wait_until(lambda: is_written_to(first))
        reply = tus.send(second, 0, HELLO)
        assert refused(reply) == (429, "too_many_uploads")
        assert wire.send(HELLO[5:]).answer("HEAD").status == 204
    wait_until(lambda: tus.send(second, 0, HELLO).status == 204)


def test_a_full_disk_is_seen_before_the_first_byte(tus: Tus, settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = 2**60
    Tenant.objects.update(max_file_bytes=2**60)
    reply = tus.ask("POST", UPLOADS, upload_length=2**59)
    assert refused(reply) == (507, "storage_full")


# --- What goes wrong on the way ---------------------------------------------------------------


def test_what_arrived_before_the_connection_broke_stays(tus: Tus) -> None:
    content = os.urandom(3 * MEBIBYTE)
    path = tus.create(len(content))
    with tus.begin_sending(path, 0, len(content)) as wire:
        wire.send(content[:1_500_000])
    wait_until(lambda: tus.offset(path) == 1_500_000)
    assert tus.send(path, 1_500_000, content[1_500_000:]).status == 204
    assert stored(path) == content


def test_who_stalls_is_told_and_keeps_what_arrived(
    tus: Tus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("config.wire.patience.PatientReceive.__init__.__defaults__", (0.3, 16384))
    path = tus.create(11)
    with tus.begin_sending(path, 0, 11) as wire:
        reply = wire.send(HELLO[:5]).answer()
    assert refused(reply) == (408, "request_timeout")
    assert tus.offset(path) == 5


def test_unverified_bytes_of_a_broken_connection_do_not_stay(tus: Tus) -> None:
    content = os.urandom(2 * MEBIBYTE)
    path = tus.create(len(content), content[:100])
    rest = content[100:]
    with tus.begin_sending(path, 100, len(rest), upload_checksum=checksum(rest)) as wire:
        wire.send(rest[:MEBIBYTE])
        wait_until(lambda: len(stored(path)) > 100)
        assert tus.offset(path) == 100
    wait_until(lambda: len(stored(path)) == 100)
    assert tus.send(path, 100, rest, upload_checksum=checksum(rest, "sha256")).status == 204
    assert stored(path) == content


def test_one_writer_at_a_time(tus: Tus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("documents.upload_lane.resumable.PATIENCE_SECONDS", 0.2)
    path = tus.create(11)
    with tus.begin_sending(path, 0, 11) as wire:
        wire.send(HELLO[:5])
        wait_until(lambda: is_written_to(path))
        reply = tus.send(path, 0, HELLO)
        assert refused(reply) == (423, "upload_locked")
        assert wire.send(HELLO[5:]).answer("HEAD").status == 204
    assert stored(path) == HELLO


def test_a_late_writer_is_waited_for(tus: Tus) -> None:
    """A client comes back before the server has noticed that its first connection is dead."""
    path = tus.create(11)
    with tus.begin_sending(path, 0, 11) as first:
        first.send(HELLO[:5])
        wait_until(lambda: is_written_to(path))
        with tus.begin_sending(path, 11, 0) as second:
            first.send(HELLO[5:])
            assert second.answer("HEAD").status == 204
        assert first.answer("HEAD").status == 204
    assert stored(path) == HELLO


def test_an_upload_deleted_under_its_writer_is_gone(tus: Tus, blob_dir: Path) -> None:
    path = tus.create(11)
    with tus.begin_sending(path, 0, 11) as wire:
        wire.send(HELLO[:5])
        assert tus.ask("DELETE", path).status == 204
        assert wire.send(HELLO[5:]).answer().status == 404
    assert not [file for file in blob_dir.rglob("*") if file.is_file()]
