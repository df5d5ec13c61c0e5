"""Changing keys: networks, rotation with an overlap, and what nobody may give to themselves."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import APIKey, AuditEntry
from accounts.principal import InsufficientScope, Principal, resolve_principal
from accounts.services.api_keys import AddressNotAllowed, RevokedAPIKey, verify_api_key
from accounts.services.key_changes import (
    APIKeyEnded,
    ScopeNotHeld,
    change_api_key,
    create_api_key,
    revoke_api_key,
    rotate_api_key,
)
from accounts.tests.cast import Person
from accounts.tests.factories import make_api_key
from config.errors import Invalid, Missing

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def in_own_connection(work: Callable[[], bool]) -> bool:
    try:
        return work()
    finally:
        connection.close()


def principal_of(text: str, address: str | None = None) -> Principal:
    found = resolve_principal({"x-api-key": text}, {}, address)
    assert found
    return found


@pytest.mark.parametrize(
    ("networks", "good", "bad"),
    [
        (["203.0.113.0/24"], ["203.0.113.0", "203.0.113.255"], ["203.0.114.0", None, "::1"]),
        (["203.0.113.7"], ["203.0.113.7"], ["203.0.113.8"]),
        (["2001:db8::/32"], ["2001:db8::5"], ["2001:db9::5", "203.0.113.7"]),
        (["10.0.0.9/8", "2001:db8::1"], ["10.255.0.1", "2001:db8::1"], ["11.0.0.1"]),
        ([], ["203.0.113.7", None], []),
    ],
)
def test_key_is_good_from_its_networks_only(
    owner: Person, networks: list[str], good: list[str | None], bad: list[str | None]
) -> None:
    _, text = create_api_key(
        principal=owner.principal,
        name="n",
        environment="live",
        scopes={"jobs:read"},
        allowed_networks=networks,
    )
    for address in good:
        assert verify_api_key(text, address)
    for address in bad:
        with pytest.raises(AddressNotAllowed):
            verify_api_key(text, address)


def test_use_from_elsewhere_is_no_use() -> None:
    key, text = make_api_key(allowed_networks=["203.0.113.0/24"])
    with pytest.raises(AddressNotAllowed):
        verify_api_key(text, "198.51.100.1")
    key.refresh_from_db()
    assert key.last_used_at is None


def test_nonsense_is_named_one_by_one(owner: Person) -> None:
    with pytest.raises(Invalid) as refusal:
        create_api_key(
            principal=owner.principal,
            name="",
            environment="live",
            scopes={"jobs:read"},
            allowed_networks=["203.0.113.0/24", "203.0.113.0/33", "here"],
        )
    assert [each["loc"] for each in refusal.value.problems] == [
        ["body", "allowed_networks", 1],
        ["body", "allowed_networks", 2],
        ["body", "name"],
    ]
    many = [f"10.0.{number}.0/24" for number in range(51)]
    with pytest.raises(Invalid):
        change_api_key(
            principal=owner.principal,
            api_key_id=make_api_key(owner.tenant)[0].pk,
            allowed_networks=many,
        )


def test_name_and_networks_are_changed_and_written_down(owner: Person, stranger: Person) -> None:
    key, text = make_api_key(owner.tenant)
    changed = change_api_key(
        principal=owner.principal,
        api_key_id=key.pk,
        name=" Invoices ",
        allowed_networks=["203.0.113.7/24"],
    )
    assert (changed.name, changed.allowed_networks) == ("Invoices", ["203.0.113.0/24"])
    with pytest.raises(AddressNotAllowed):
        verify_api_key(text, "198.51.100.1")
    change_api_key(principal=owner.principal, api_key_id=key.pk, name="Invoices")  # as it is
    assert AuditEntry.objects.filter(action="api_key.changed").count() == 1
    with pytest.raises(Missing):
        change_api_key(principal=stranger.principal, api_key_id=key.pk, name="Mine")


def test_a_key_opens_no_more_than_it_has_itself(owner: Person) -> None:
    inside, far = "203.0.113.7", ["198.51.100.0/24"]
    _, text = make_api_key(
        owner.tenant, scopes=["keys:write", "jobs:read"], allowed_networks=["203.0.113.0/24"]
    )
    maker = principal_of(text, inside)
    wish = {"principal": maker, "name": "n", "environment": "live", "scopes": {"jobs:read"}}
    assert create_api_key(**wish, allowed_networks=["203.0.113.128/25"])  # type: ignore[arg-type]
    for networks in ([], far, ["203.0.0.0/16"], ["203.0.113.0/24", "::/0"]):
        with pytest.raises(ScopeNotHeld):
            create_api_key(**wish, allowed_networks=networks)  # type: ignore[arg-type]
    strong, _ = make_api_key(owner.tenant)
    with pytest.raises(ScopeNotHeld):
        rotate_api_key(principal=maker, api_key_id=strong.pk)
    with pytest.raises(ScopeNotHeld):
        change_api_key(principal=maker, api_key_id=strong.pk, allowed_networks=[inside])
    with pytest.raises(ScopeNotHeld):
        change_api_key(principal=maker, api_key_id=maker.api_key_id, allowed_networks=[])  # type: ignore[arg-type]


def test_rotation_makes_an_equal_key_and_lets_the_old_one_go_on(owner: Person) -> None:
    now = timezone.now()
    old, old_text = make_api_key(
        owner.tenant,
        scopes=["jobs:read"],
        environment="test",
        name="Importer",
        expires_at=now + timedelta(days=30),
        allowed_networks=["203.0.113.0/24"],
    )
    new, text = rotate_api_key(principal=owner.principal, api_key_id=old.pk, overlap=2 * HOUR)
    old.refresh_from_db()
    assert (new.name, new.scopes, new.environment, new.allowed_networks) == (
        "Importer",
        ["jobs:read"],
        "test",
        ["203.0.113.0/24"],
    )
    assert old.replaced_by_id == new.pk
    assert timedelta(days=29) < new.expires_at - now < timedelta(days=31)
    assert timedelta(hours=1.9) < old.expires_at - now < timedelta(hours=2.1)
    for each in (old_text, text):
        assert verify_api_key(each, "203.0.113.5")
    entry = AuditEntry.objects.get(action="api_key.rotated")
    assert (entry.subject, entry.details["replaces"]) == (f"api_key:{new.pk}", old.display)


def test_without_an_overlap_the_old_one_ends(owner: Person) -> None:
    old, _ = make_api_key(owner.tenant)
    rotate_api_key(principal=owner.principal, api_key_id=old.pk, overlap=timedelta(0))
    old.refresh_from_db()
    assert old.expires_at <= timezone.now()


def test_an_overlap_makes_no_key_older_than_it_would_be(owner: Person) -> None:
    soon = timezone.now() + timedelta(minutes=5)
    old, _ = make_api_key(owner.tenant, expires_at=soon)
    rotate_api_key(principal=owner.principal, api_key_id=old.pk)
    old.refresh_from_db()
    assert old.expires_at == soon


def test_what_has_ended_is_not_rotated(owner: Person, member: Person, stranger: Person) -> None:
    now = timezone.now()
    for ended in ({"revoked_at": now}, {"expires_at": now}):
        key, _ = make_api_key(owner.tenant, **ended)
        with pytest.raises(APIKeyEnded):
            rotate_api_key(principal=owner.principal, api_key_id=key.pk)
    key, text = make_api_key(owner.tenant)
    with pytest.raises(Missing):
        rotate_api_key(principal=stranger.principal, api_key_id=key.pk)
    with pytest.raises(InsufficientScope):
        rotate_api_key(principal=member.principal, api_key_id=key.pk)
    with pytest.raises(Invalid):
        rotate_api_key(principal=owner.principal, api_key_id=key.pk, overlap=timedelta(days=8))
    rotate_api_key(principal=owner.principal, api_key_id=key.pk)
    with pytest.raises(APIKeyEnded):
        rotate_api_key(principal=owner.principal, api_key_id=key.pk)
    revoke_api_key(principal=owner.principal, api_key_id=key.pk)
    with pytest.raises(RevokedAPIKey):
        verify_api_key(text)


@pytest.mark.django_db(transaction=True)
def test_of_many_rotations_at_once_one_makes_a_key(owner: Person) -> None:
    old, _ = make_api_key(owner.tenant)

    def rotate() -> bool:
        try:
            return bool(rotate_api_key(principal=owner.principal, api_key_id=old.pk))
        except APIKeyEnded:
            return False

    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: in_own_connection(rotate), range(8)))
    assert sorted(made) == [False] * 7 + [True]
    assert APIKey.objects.filter(tenant=owner.tenant).count() == 2
