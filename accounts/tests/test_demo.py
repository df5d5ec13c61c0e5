"""The demo: there after one call, the same after the next, mended when half of it is lost."""

from __future__ import annotations

import io
import json
import stat
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.demo import OWNER_EMAIL, STAFF_EMAIL, ensure_demo_data
from accounts.models import APIKey, Membership, Tenant, User
from accounts.tests.factories import bearer, make_tenant, new_browser

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, settings: Settings) -> Path:
    """Keep what is generated in a directory of its own that does not exist yet."""
    settings.DATA_DIR = tmp_path / "data"
    settings.DEMO_PASSWORD = ""
    return settings.DATA_DIR


def told(command: str) -> dict[str, str]:
    output = io.StringIO()
    call_command(command, stdout=output)
    pairs = (line.split(": ", 1) for line in output.getvalue().splitlines())
    return {name: value for name, value in pairs}


def test_what_is_printed_works() -> None:
    access = told("demo_data")
    assert list(access) == ["login", "password", "api key", "staff"]
    browser = new_browser()
    form = {"login": access["login"], "password": access["password"]}
    assert browser.post("/accounts/login/", form)["Location"] == "/dashboard/"
    whoami = Client(**bearer(access["api key"])).get("/api/v1/auth/whoami/").json()
    assert (whoami["tenant"]["name"], whoami["environment"]) == ("Acme Demo", "test")
    staff, password = access["staff"].split(" / ")
    form = {"login": staff, "password": password}
    answer = new_browser().post("/accounts/login/", form, follow=True)
    assert answer.redirect_chain == [("/admin/", 302)]
    assert answer.status_code == 200


def test_second_call_changes_nothing_and_costs_little(
    directory: Path, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    first = told("demo_data")
    file = directory / "demo.json"
    written = file.stat()
    rows = [model.objects.count() for model in (Tenant, User, Membership, APIKey)]
    with django_assert_max_num_queries(12):
        assert told("demo_data") == first
    assert [model.objects.count() for model in (Tenant, User, Membership, APIKey)] == rows
    assert file.stat().st_mtime_ns == written.st_mtime_ns


def test_file_is_for_its_owner_only(directory: Path) -> None:
    ensure_demo_data()
    (file,) = directory.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text())["login"] == OWNER_EMAIL


def test_secrets_are_not_in_the_repr() -> None:
    access = ensure_demo_data()
    for secret in (access.password, access.staff_password, access.api_key):
        assert secret not in repr(access)


def test_password_from_the_environment_wins_and_changes(settings: Settings) -> None:
    ensure_demo_data()
    settings.DEMO_PASSWORD = "chosen-by-the-environment"
    assert ensure_demo_data().password == "chosen-by-the-environment"
    for email in (OWNER_EMAIL, STAFF_EMAIL):
        assert User.objects.get(email=email).check_password("chosen-by-the-environment")


def test_password_that_somebody_changed_is_left_alone() -> None:
    ensure_demo_data()
    owner = User.objects.get(email=OWNER_EMAIL)
    owner.set_password("my own")
    owner.save()
    ensure_demo_data()
    owner.refresh_from_db()
    assert owner.check_password("my own")


def test_lost_file_gives_new_access(directory: Path) -> None:
    first = ensure_demo_data()
    (directory / "demo.json").write_text("not json")
    second = ensure_demo_data()
    assert second.password != first.password
    assert second.api_key != first.api_key
    assert User.objects.get(email=OWNER_EMAIL).check_password(second.password)
    assert User.objects.count() == 2
    assert Tenant.objects.count() == 1


def test_lost_database_keeps_the_passwords() -> None:
    first = ensure_demo_data()
    User.objects.all().delete()
    Tenant.objects.all().delete()
    second = ensure_demo_data()
    assert second.password == first.password
    assert User.objects.get(email=OWNER_EMAIL).check_password(first.password)
    assert second.api_key != first.api_key


def test_revoked_key_is_replaced() -> None:
    first = ensure_demo_data()
    APIKey.objects.update(revoked_at="2026-01-01T00:00Z")
    assert ensure_demo_data().api_key != first.api_key


def test_key_of_another_tenant_is_not_printed() -> None:
    first = ensure_demo_data()
    APIKey.objects.update(tenant=make_tenant())
    assert ensure_demo_data().api_key != first.api_key
