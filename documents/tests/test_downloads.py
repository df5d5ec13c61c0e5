"""Downloads: whole, in parts, and not at all."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from django.test import Client
from django.utils.http import http_date

from accounts.tests.cast import Person
from documents.downloads import content_disposition
from documents.models import Document
from documents.storage import blob_store
from documents.tests.factories import make_document

CONTENT = b"%PDF-1.7\n" + bytes(range(256)) * 40_960  # 10 MB
SIZE = len(CONTENT)
ETAG = f'"{hashlib.sha256(CONTENT).hexdigest()}"'


@pytest.fixture
def document(owner: Person, blob_dir: Path) -> Document:
    return make_document(owner.tenant, content=CONTENT, file_name="Ünïcode “quoted”.pdf")


@pytest.fixture
def url(document: Document) -> str:
    return f"/documents/{document.id}/download/"


def test_the_whole_file(owner: Person, url: str):
    answer = owner.client.get(url)
    assert answer.status_code == 200
    assert answer.getvalue() == CONTENT
    assert answer.headers["Content-Length"] == str(SIZE)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["ETag"] == ETAG
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment; ")


def test_head_says_the_same_without_a_body(owner: Person, url: str):
    head, whole = owner.client.head(url), owner.client.get(url)
    ignored = {"X-Request-ID"}
    assert dict(head.headers) | dict.fromkeys(ignored) == dict(whole.headers) | dict.fromkeys(
        ignored
    )
    assert head.content == b""
    whole.getvalue()


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-", 0, SIZE),
        ("bytes=100-199", 100, 200),
        ("Bytes=5000000-", 5_000_000, SIZE),
        (f"bytes={SIZE - 1}-{SIZE + 999}", SIZE - 1, SIZE),
        ("bytes=-10", SIZE - 10, SIZE),
        (f"bytes=-{SIZE * 2}", 0, SIZE),
    ],
)
def test_one_range(owner: Person, url: str, asked: str, start: int, stop: int):
    answer = owner.client.get(url, HTTP_RANGE=asked)
    assert answer.status_code == 206
    assert answer.getvalue() == CONTENT[start:stop]
    assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{SIZE}"
    assert answer.headers["Content-Length"] == str(stop - start)


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", f"bytes={SIZE + 5}-{SIZE + 9}", "bytes=-0"])
def test_a_range_behind_the_end(owner: Person, url: str, asked: str):
    answer = owner.client.get(url, HTTP_RANGE=asked)
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{SIZE}"
    assert "Content-Disposition" not in answer.headers


@pytest.mark.parametrize(
    "asked",
    ["bytes=5-1", "bytes=-", "bytes=a-b", "items=0-1", "bytes=0-1,5-9", f"bytes={'9' * 5000}-"],
)
def test_what_is_not_one_range_is_answered_with_everything(owner: Person, url: str, asked: str):
    answer = owner.client.get(url, HTTP_RANGE=asked)
    assert (answer.status_code, answer.headers["Content-Length"]) == (200, str(SIZE))
    answer.getvalue()


def test_a_known_file_is_not_sent_again(owner: Person, url: str):
    for etags in (ETAG, f'"x", W/{ETAG}', "*"):
        answer = owner.client.get(url, HTTP_IF_NONE_MATCH=etags)
        assert (answer.status_code, answer.headers["ETag"]) == (304, ETAG)
    other = owner.client.get(url, HTTP_IF_NONE_MATCH='"other"')
    assert other.status_code == 200
    other.getvalue()


def test_an_unchanged_file_is_not_sent_again(owner: Person, url: str):
    modified = owner.client.head(url).headers["Last-Modified"]
    assert owner.client.get(url, HTTP_IF_MODIFIED_SINCE=modified).status_code == 304


def test_preconditions_on_another_file_fail(owner: Person, url: str, document: Document):
    assert owner.client.get(url, HTTP_IF_MATCH='"other"').status_code == 412
    before = http_date(document.created_at.timestamp() - 3600)
    assert owner.client.get(url, HTTP_IF_UNMODIFIED_SINCE=before).status_code == 412
    same = owner.client.get(url, HTTP_IF_MATCH=ETAG)
    assert same.status_code == 200
    same.getvalue()


def test_a_range_of_another_file_is_everything(owner: Person, url: str):
    modified = owner.client.head(url).headers["Last-Modified"]
    earlier = http_date((parsedate_to_datetime(modified) - timedelta(hours=1)).timestamp())
    cases = {ETAG: 206, modified: 206, '"other"': 200, f"W/{ETAG}": 200, earlier: 200}
    for condition, status in cases.items():
        answer = owner.client.get(url, HTTP_RANGE="bytes=0-9", HTTP_IF_RANGE=condition)
        assert (condition, answer.status_code) == (condition, status)
        answer.getvalue()


def test_a_proxy_may_send_the_file(owner: Person, url: str, settings, document: Document):
    settings.ACCEL_PREFIX = "/stored/"
    answer = owner.client.get(url, HTTP_RANGE="bytes=0-9")
    assert answer.status_code == 200
    path = answer.headers["X-Accel-Redirect"].removeprefix("/stored/")
    assert (settings.BLOB_DIR / path).read_bytes() == CONTENT
    assert answer.content == b""
    assert "attachment" in answer.headers["Content-Disposition"]


def test_another_tenants_file_is_not_there(stranger: Person, url: str):
    assert stranger.client.get(url).status_code == 404


def test_visitors_are_sent_to_log_in(client: Client, url: str):
    assert client.get(url).status_code == 302


def test_bytes_that_are_gone_are_a_404(owner: Person, url: str, document: Document):
    """A purge between the row and the bytes looks like one before both."""
    blob_store().delete(document.blob_id)
    assert owner.client.get(url).status_code == 404


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("a b.pdf", "attachment; filename=\"a b.pdf\"; filename*=UTF-8''a%20b.pdf"),
        ("é.pdf", "attachment; filename=\"e.pdf\"; filename*=UTF-8''%C3%A9.pdf"),
        ("日本.pdf", "attachment; filename=\"__.pdf\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC.pdf"),
        ('a";.pdf', "attachment; filename=\"a__.pdf\"; filename*=UTF-8''a%22%3B.pdf"),
        ("a\r\nx: y", "attachment; filename=\"a__x: y\"; filename*=UTF-8''a%0D%0Ax%3A%20y"),
    ],
)
def test_file_names_in_headers(name: str, header: str):
    assert content_disposition(name) == header
