"""Alive, ready, and which part is down."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from accounts.tests.factories import make_api_key
from config import health
from config.tests.conformance import ApiClient

NOBODY_LISTENS = "redis://127.0.0.1:1/0"
COOKIE = "sessionid=abcdefghijklmnopqrstuvwxyz012345"


@pytest.fixture(autouse=True)
def _own_blobs(settings, tmp_path):
    settings.BLOB_DIR = tmp_path / "blobs"


@pytest.fixture
def forget_migrations(monkeypatch):
    monkeypatch.setattr(health._Migrations, "are_applied", False)


@pytest.fixture
def no_database(django_db_blocker, monkeypatch):
    """Let nobody listen where the database is expected."""
    with django_db_blocker.unblock():
        connection.close()
        monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
        monkeypatch.setitem(connection.settings_dict, "PORT", "1")
        yield
        connection.close()


def test_alive_needs_nothing(no_database, settings, client):
    settings.REDIS_URL = NOBODY_LISTENS
    answer = client.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert client.post("/health").status_code == 405


@pytest.mark.django_db
def test_ready_when_everything_is(client, forget_migrations):
    answer = client.get("/ready")
    checks = {"database": "ok", "valkey": "ok", "migrations": "ok"}
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "checks": checks})


def test_not_ready_without_the_database(no_database, forget_migrations, client):
    answer = client.get("/ready")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    checks = {"database": "down", "valkey": "ok", "migrations": "down"}
    assert answer.json() == {"status": "unready", "checks": checks}


@pytest.mark.django_db
def test_ready_without_valkey(client, settings):
    """Uploads are accepted without it: nobody may take all web processes out of service."""
    settings.REDIS_URL = NOBODY_LISTENS
    answer = client.get("/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    assert answer.json()["checks"]["valkey"] == "down"


@pytest.mark.django_db
def test_not_ready_while_a_migration_waits(client, forget_migrations):
    MigrationRecorder(connection).migration_qs.filter(app="documents").delete()
    answer = client.get("/ready")
    assert (answer.status_code, answer.json()["checks"]["migrations"]) == (503, "down")


@pytest.mark.django_db
def test_the_api_tells_of_each_part():
    body = ApiClient().get("/api/v1/health/").json()
    assert body["status"] == "ok"
    assert {name: part["status"] for name, part in body["parts"].items()} == {
        "database": "ok",
        "valkey": "ok",
        "storage": "ok",
    }


def test_the_api_tells_which_part_is_down_and_not_why(no_database, settings, tmp_path):
    settings.REDIS_URL = NOBODY_LISTENS
    (tmp_path / "file").touch()
    settings.BLOB_DIR = tmp_path / "file" / "blobs"
    answer = ApiClient().get("/api/v1/health/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer.json()["status"] == "degraded"
    assert {part["status"] for part in answer.json()["parts"].values()} == {"down"}
    assert b"127.0.0.1" not in answer.content


def test_a_look_at_the_storage_leaves_nothing_behind(tmp_path):
    health.storage()
    assert [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()] == []


# --- The rest of the product in an outage ---------------------------------------------------------


def test_without_the_database_nobody_is_turned_away_for_good(no_database):
    api = Client().get("/api/v1/jobs/", HTTP_COOKIE=COOKIE)
    assert (api.status_code, api.json()["type"]) == (503, "unavailable")
    assert int(api["Retry-After"]) >= 1
    page = Client().get("/dashboard/", HTTP_COOKIE=COOKIE, HTTP_ACCEPT="text/html")
    assert page.status_code == 503
    assert int(page["Retry-After"]) >= 1
    assert "<h1" in page.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_key_works_again_after_an_outage(monkeypatch):
    api = ApiClient(make_api_key()[1])
    connection.close()
    with monkeypatch.context() as patch:
        patch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
        patch.setitem(connection.settings_dict, "PORT", "1")
        answer = api.get("/api/v1/jobs/")
        assert (answer.status_code, answer.json()["type"]) == (503, "unavailable")
        connection.close()
    assert api.get("/api/v1/jobs/").status_code == 200
