"""What must not be written down."""

from __future__ import annotations

import json
import logging
import sys

import pytest
from django.test import Client

from accounts.tests.factories import PASSWORD, bearer, make_api_key
from config import log


def fail_with(api_key: str) -> None:
    raise ValueError("a fault")


def test_logged_traces_hold_no_local_variables() -> None:
    secret = "cm_live_of_somebody"
    try:
        fail_with(secret)
    except ValueError:
        event = log._tracebacks(None, "error", {"event": "boom", "exc_info": sys.exc_info()})
    line = json.dumps(event)
    assert "fail_with" in line
    assert secret not in line


@pytest.mark.django_db
def test_requests_are_logged_without_what_they_carry(
    browser: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    key, text = make_api_key()
    Client(**bearer(text)).get("/api/v1/auth/whoami/")
    browser.post("/accounts/login/", {"login": "nobody@example.org", "password": PASSWORD})
    assert str(key.tenant_id) in caplog.text
    assert text[20:-6] not in caplog.text
    assert PASSWORD not in caplog.text
    assert "argon2" not in caplog.text
