"""One JSON object a line, with the request's id, and no secret in it."""

from __future__ import annotations

import io
import json
import logging

import pytest
import structlog
from django.conf import settings
from django.test import Client

from config.log import configure


@pytest.fixture
def lines():
    """Log as in production; returns a function that gives the lines so far."""
    configure({"format": "json", "level": "INFO"})
    written = io.StringIO()
    (handler,) = (each for each in logging.getLogger().handlers if each.name == "stderr")
    handler.setStream(written)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    configure(settings.LOGGING)


def test_a_request_is_one_line_with_its_id(lines):
    Client().get("/api/v1/nothing/", HTTP_X_REQUEST_ID="my-own-request")

    (line,) = lines()
    assert line.pop("milliseconds") >= 0
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "request",
        "level": "info",
        "logger": "http",
        "method": "GET",
        "path": "/api/v1/nothing/",
        "status": 404,
        "tenant": None,
        "request_id": "my-own-request",
    }


def test_probes_are_not_logged(lines):
    Client().get("/health")
    assert lines() == []


@pytest.mark.django_db
def test_a_line_names_the_tenant_and_never_the_key(lines, owner):
    owner.api.get("/api/v1/jobs/?state=queued")
    (line,) = lines()
    assert line["tenant"] == str(owner.tenant.id)
    assert "cm_live" not in json.dumps(line)


def test_other_libraries_lines_have_the_same_form(lines):
    logging.getLogger("some.library").warning("Disk %s is full", "C", extra={"free": 0})
    (line,) = lines()
    assert (line["event"], line["level"], line["free"]) == ("Disk C is full", "warning", 0)
    assert line["logger"] == "some.library"


def test_a_crash_is_one_line_without_the_values_of_variables(lines):
    password = "correct horse"
    try:
        raise KeyError("name")
    except KeyError:
        structlog.get_logger("test").exception("crashed", length=len(password))
    (line,) = lines()
    assert line["exception"][0]["exc_type"] == "KeyError"
    assert "correct horse" not in json.dumps(line)


def test_hostile_text_stays_in_its_line(lines):
    Client().get("/api/v1/%0d%0a%7b%22event%22%3a1%7d/")
    (line,) = lines()
    assert "\r\n{" in line["path"]
