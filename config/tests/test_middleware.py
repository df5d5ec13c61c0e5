"""What every answer carries: the request's id and the security headers."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from config.tests import faulty_urls
from config.tests.guarding import faults_of_headers

PATHS = ["/health", "/", "/nothing-here", "/api/v1/nothing", "/docs", "/accounts/login/"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", PATHS)
def test_every_answer_has_the_security_headers(client, path):
    assert_secure(client.get(path))


def assert_secure(answer):
    assert faults_of_headers({name.lower(): [value] for name, value in answer.items()}) == []
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("path", ["/raise/", "/api/raise/"])
def test_a_crash_has_them_too(settings, path):
    settings.ROOT_URLCONF = "config.tests.faulty_urls"
    faulty_urls.raised.append(KeyError("x"))
    answer = Client(raise_request_exception=False).get(path)
    assert answer.status_code == 500
    assert_secure(answer)
    assert answer["X-Request-ID"]


@pytest.mark.parametrize("offered", ["my-request", "a" * 64, "A.b_c-123"])
def test_an_id_that_was_sent_comes_back(client, offered):
    assert client.get("/health", HTTP_X_REQUEST_ID=offered)["X-Request-ID"] == offered


@pytest.mark.parametrize("offered", ["short", "a" * 65, "with space", "<script>", "ümläute-", ""])
def test_an_id_that_could_do_harm_is_replaced(client, offered):
    answer = client.get("/health", HTTP_X_REQUEST_ID=offered)
    assert re.fullmatch("[0-9a-f]{32}", answer["X-Request-ID"])


def test_ids_differ(client):
    assert len({client.get("/health")["X-Request-ID"] for _ in range(3)}) == 3


@pytest.mark.django_db
def test_the_api_serves_paths_without_their_last_slash_at_once(client):
    for path in ("/api/v1/documents", "/api/v1/watermark?x=1"):
        answer = client.post(path, b"{}", content_type="application/json")
        assert answer.status_code == 401  # the operation's word, not a redirect


@pytest.mark.django_db
def test_pages_send_browsers_on(client):
    answer = client.get("/accounts/login")
    assert (answer.status_code, answer["Location"]) == (301, "/accounts/login/")
