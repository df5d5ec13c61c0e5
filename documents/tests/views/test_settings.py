"""The page of the workspace's settings."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEntry, Tenant
from accounts.tests.cast import Person
from documents.tests.factories import make_asset, make_preset
from documents.tests.views.reading import control, page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_dir")]


def send(person: Person, address: str = "settings", **given: Any) -> Any:
    return person.client.post(reverse(f"documents:{address}"), given)


def version(person: Person) -> int:
    return Tenant.objects.values_list("settings_version", flat=True).get(pk=person.tenant.pk)


def test_name_and_keeping_are_changed(owner: Person) -> None:
    seen = version(owner)
    assert f'value="{owner.tenant.name}"' in control(page(owner.client, "settings"), "name")
    assert send(owner, name=" Acme & Sons ", retention_days="7", version=seen).status_code == 302
    owner.tenant.refresh_from_db()
    assert (owner.tenant.name, owner.tenant.retention_days) == ("Acme & Sons", 7)
    assert AuditEntry.objects.get(action="tenant.changed").details["retention_days"] == 7


def test_mistakes_stand_beside_their_fields(owner: Person) -> None:
    Tenant.objects.update(max_retention_days=90)
    answer = send(owner, name="", retention_days="91", version=version(owner))
    html = answer.content.decode()
    assert answer.status_code == 422
    for field in ("name", "retention_days"):
        assert 'aria-invalid="true"' in control(html, field)


def test_who_is_late_sees_what_is_there(owner: Person) -> None:
    seen = version(owner)
    Tenant.objects.filter(pk=owner.tenant.pk).update(retention_days=5)
    answer = send(owner, name="Late", retention_days="9", version=seen)
    html = answer.content.decode()
    assert answer.status_code == 412 and "meanwhile" in html
    assert 'value="Late"' in control(html, "name")
    assert f'value="{seen + 1}"' in control(html, "version")
    assert Tenant.objects.get(pk=owner.tenant.pk).retention_days == 5


def test_the_default_mark_is_taken_from_a_preset(owner: Person) -> None:
    assert "There is none" in page(owner.client, "settings")
    logo = make_asset(owner.tenant, name="Our logo")
    house = make_preset(owner.tenant, name="House", config={"watermark_text": "HOUSE"})
    mark = {"type": "image", "asset": str(logo.pk)}
    branded = make_preset(owner.tenant, name="Branded", config=mark, is_default=True)
    for preset, words in ((house, "HOUSE"), (branded, "Our logo")):
        send(owner, "settings_mark", preset=preset.pk, version=version(owner))
        owner.tenant.refresh_from_db()
        assert owner.tenant.default_watermark == preset.config
        html = page(owner.client, "settings")
        assert words in html and "stands above it" in html
    send(owner, "settings_mark", preset="", version=version(owner))
    owner.tenant.refresh_from_db()
    assert owner.tenant.default_watermark == branded.config  # a click too many
    send(owner, "settings_mark", preset="none", version=version(owner))
    owner.tenant.refresh_from_db()
    assert owner.tenant.default_watermark == {}


def test_nobody_elses_preset_and_no_late_change(owner: Person, stranger: Person) -> None:
    theirs = make_preset(stranger.tenant, config={"watermark_text": "Theirs"})
    send(owner, "settings_mark", preset=theirs.pk, version=version(owner))
    send(owner, "settings_mark", preset="nonsense", version=version(owner))
    mine = make_preset(owner.tenant, config={"watermark_text": "Mine"})
    send(owner, "settings_mark", preset=mine.pk, version=version(owner) + 1)
    owner.tenant.refresh_from_db()
    assert owner.tenant.default_watermark == {}


def test_it_is_for_those_who_run_the_workspace(viewer: Person, member: Person) -> None:
    for person in (viewer, member):
        assert person.client.get(reverse("documents:settings")).status_code == 403
        answer = send(person, name="x", retention_days="3", version=version(person))
        assert answer.status_code == 403
        assert send(person, "settings_mark", preset="", version=1).status_code == 403


def test_the_number_of_queries_does_not_grow(
    owner: Person, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    page(owner.client, "settings")
    with django_assert_max_num_queries(12) as few:
        page(owner.client, "settings")
    for number in range(5):
        make_preset(owner.tenant, name=f"Preset {number}")
    with django_assert_max_num_queries(len(few)):
        page(owner.client, "settings")
