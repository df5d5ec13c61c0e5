"""API keys: their text, what is kept of it, and who may make which."""

from __future__ import annotations

import json
import logging
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import APIKey
from accounts.principal import InsufficientScope, Principal
from accounts.services.api_keys import (
    ExpiredAPIKey,
    InvalidAPIKey,
    RevokedAPIKey,
    verify_api_key,
)
from accounts.services.key_changes import ScopeNotHeld, create_api_key, revoke_api_key
from accounts.services.key_text import checksum_of
from accounts.tests.cast import Person
from accounts.tests.factories import make_api_key, make_tenant
from config.errors import Invalid, Missing

pytestmark = pytest.mark.django_db


def make(owner: Person, **changes: object) -> tuple[APIKey, str]:
    wishes = {"name": "Importer", "environment": "live", "scopes": {"jobs:read"}} | changes
    return create_api_key(principal=owner.principal, **wishes)  # type: ignore[arg-type] # a test's


def flipped(text: str, index: int) -> str:
    other = "b" if text[index] == "a" else "a"
    return text[:index] + other + text[index + 1 :]


def test_text_has_the_documented_shape(owner: Person) -> None:
    key, text = make(owner)
    assert re.fullmatch(r"cm_live_[0-9A-Za-z]{50}", text)
    assert text[8:20] == key.lookup
    assert make(owner, environment="test")[1].startswith("cm_test_")


def test_every_mistyped_character_is_refused_without_a_query(
    owner: Person, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    _, text = make(owner)
    with django_assert_num_queries(0):
        for index in range(len(text)):
            with pytest.raises(InvalidAPIKey):
                verify_api_key(flipped(text, index))


@pytest.mark.parametrize(
    "garbage", ["", "cm_live_", "x" * 58, "cm_live_" + "é" * 50, "\x00", "a.b.c"]
)
def test_garbage_is_refused_without_a_query(
    garbage: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0), pytest.raises(InvalidAPIKey):
        verify_api_key(garbage)


def test_right_lookup_with_wrong_secret_looks_like_an_unknown_key(owner: Person) -> None:
    _, text = make(owner, scopes={"jobs:read"})
    wrong = flipped(text[:-6], 30)
    for body in (wrong, flipped(wrong, 12)):
        with pytest.raises(InvalidAPIKey) as refusal:
            verify_api_key(body + checksum_of(body))
        assert refusal.value.detail == "The API key is not valid."


def test_strangers_do_not_learn_that_a_key_is_revoked(owner: Person) -> None:
    key, text = make(owner)
    revoke_api_key(principal=owner.principal, api_key_id=key.pk)
    with pytest.raises(RevokedAPIKey):
        verify_api_key(text)
    wrong = flipped(text[:-6], 30)
    with pytest.raises(InvalidAPIKey):
        verify_api_key(wrong + checksum_of(wrong))


def test_pepper_is_part_of_what_is_kept(owner: Person, settings: Settings) -> None:
    _, text = make(owner)
    settings.API_KEY_PEPPER = "another"
    with pytest.raises(InvalidAPIKey):
        verify_api_key(text)


def test_key_works_until_it_expires() -> None:
    now = timezone.now()
    _, text = make_api_key(expires_at=now + timedelta(hours=1))
    assert verify_api_key(text)
    _, text = make_api_key(expires_at=now)
    with pytest.raises(ExpiredAPIKey):
        verify_api_key(text)


def test_secret_is_nowhere_in_the_database_the_log_or_a_repr(
    owner: Person, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    key, text = make(owner)
    verify_api_key(text)
    secret = text[20:-6]
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(k)::text FROM accounts_apikey k WHERE id = %s", [key.pk])
        (row,) = cursor.fetchone()
    assert json.loads(row)["lookup"] == key.lookup
    for place in (row, repr(key), str(key), repr(vars(key)), caplog.text):
        assert secret not in place


def test_use_is_noted_once_a_minute(
    owner: Person, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    key, text = make(owner)
    with django_assert_num_queries(2):
        verify_api_key(text)
    with django_assert_num_queries(1):
        verify_api_key(text)
    key.refresh_from_db()
    assert key.last_used_at
    long_ago = timezone.now() - timedelta(seconds=61)
    APIKey.objects.filter(pk=key.pk).update(last_used_at=long_ago)
    verify_api_key(text)
    key.refresh_from_db()
    assert key.last_used_at > long_ago


def test_nobody_grants_more_than_they_may(owner: Person, member: Person) -> None:
    with pytest.raises(InsufficientScope):
        make(member)
    program = Principal(
        owner.tenant.pk, None, None, None, frozenset({"keys:write", "jobs:read"}), "live"
    )
    create_api_key(principal=program, name="n", environment="live", scopes={"jobs:read"})
    with pytest.raises(ScopeNotHeld):
        create_api_key(principal=program, name="n", environment="live", scopes={"jobs:write"})


def test_test_key_makes_no_live_key(owner: Person) -> None:
    program = Principal(owner.tenant.pk, None, None, None, frozenset({"keys:write"}), "test")
    create_api_key(principal=program, name="n", environment="test", scopes={"keys:write"})
    with pytest.raises(ScopeNotHeld):
        create_api_key(principal=program, name="n", environment="live", scopes={"keys:write"})


def test_all_nonsense_is_named_at_once(owner: Person) -> None:
    yesterday = timezone.now() - timedelta(days=1)
    with pytest.raises(Invalid) as refusal:
        make(owner, name="  ", environment="moon", scopes=set(), expires_at=yesterday)
    named = {problem["loc"][-1] for problem in refusal.value.problems}
    assert named == {"name", "environment", "scopes", "expires_at"}


def test_revoking_is_for_the_own_tenant_and_may_be_repeated(
    owner: Person, member: Person, stranger: Person
) -> None:
    key, _ = make(owner)
    with pytest.raises(Missing):
        revoke_api_key(principal=stranger.principal, api_key_id=key.pk)
    with pytest.raises(InsufficientScope):
        revoke_api_key(principal=member.principal, api_key_id=key.pk)
    first = revoke_api_key(principal=owner.principal, api_key_id=key.pk).revoked_at
    assert first
    assert revoke_api_key(principal=owner.principal, api_key_id=key.pk).revoked_at == first


def test_keys_are_seen_by_their_tenant_only(owner: Person, stranger: Person) -> None:
    key, _ = make(owner)
    make_api_key(make_tenant())
    assert list(APIKey.objects.visible_to(owner.principal)) == [key]
    assert not APIKey.objects.visible_to(stranger.principal).exists()
