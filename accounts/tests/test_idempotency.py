"""Doing work once for a key: what is kept, for whom, how long, and what races come to."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now

from accounts.models import KeptOutcome, Tenant
from accounts.services.idempotency import (
    BadIdempotencyKey,
    IdempotencyKeyInUse,
    IdempotencyKeyReused,
    Outcome,
    do_once,
    forget_outcomes,
    read_key,
)
from accounts.tests.cast import Person
from accounts.tests.factories import make_tenant

ONE, OTHER = b"1" * 32, b"2" * 32


class Work:
    """Makes a tenant each time it is done, and tells which."""

    def __init__(self, secret: str = "") -> None:
        self.count = 0
        self.secret = secret

    def __call__(self) -> Outcome:
        self.count += 1
        return {"made": make_tenant(f"Made {self.count}").slug, "secret": self.secret}


def once(person: Person, work: Any, **changes: Any) -> tuple[Outcome | None, bool]:
    given = {"operation": "POST /things/", "key": "k-1", "fingerprint": ONE, **changes}
    return do_once(principal=person.principal, work=work, **given)


def test_the_second_time_nothing_is_done_and_the_same_comes_of_it(owner: Person) -> None:
    work = Work()
    first, was_old = once(owner, work)
    again, is_old = once(owner, work)
    assert (first, was_old) == (again, False)
    assert (is_old, work.count) == (True, 1)


def test_another_payload_is_refused_and_not_done(owner: Person) -> None:
    work = Work()
    once(owner, work)
    with pytest.raises(IdempotencyKeyReused):
        once(owner, work, fingerprint=OTHER)
    assert work.count == 1


@pytest.mark.parametrize("changes", [{"key": "k-2"}, {"operation": "POST /others/"}])
def test_other_keys_and_operations_are_their_own(owner: Person, changes: dict[str, str]) -> None:
    work = Work()
    once(owner, work)
    assert once(owner, work, fingerprint=OTHER, **changes)[1] is False
    assert work.count == 2


def test_another_tenants_key_is_its_own(owner: Person, stranger: Person) -> None:
    work = Work()
    mine = once(owner, work)
    theirs = once(stranger, work, fingerprint=OTHER)
    assert theirs[1] is False
    assert mine[0] != theirs[0]
    assert once(owner, work) == (mine[0], True)


def test_colleagues_share_keys(owner: Person, member: Person) -> None:
    assert once(owner, Work())[0] == once(member, Work())[0]


def test_what_fails_was_not_done_and_leaves_the_key_as_new(owner: Person) -> None:
    def fails() -> Outcome:
        make_tenant("Half done")
        raise LookupError

    with pytest.raises(LookupError):
        once(owner, fails)
    assert not Tenant.objects.filter(name="Half done").exists()
    assert once(owner, Work(), fingerprint=OTHER)[1] is False


def test_nothing_is_kept_of_nothing(owner: Person) -> None:
    assert once(owner, lambda: None) == (None, False)
    assert not KeptOutcome.objects.exists()


def test_a_day_later_the_key_is_as_new(owner: Person) -> None:
    work = Work()
    once(owner, work)
    left = KeptOutcome.objects.get().expires_at - KeptOutcome.objects.get().created_at
    assert abs(left - timedelta(hours=24)) < timedelta(seconds=1)
    KeptOutcome.objects.update(expires_at=Now())
    assert once(owner, work, fingerprint=OTHER)[1] is False
    assert once(owner, work, fingerprint=OTHER)[1] is True
    assert work.count == 2


def test_only_what_is_over_is_forgotten(owner: Person) -> None:
    once(owner, Work())
    once(owner, Work(), key="k-2")
    KeptOutcome.objects.filter(pk=KeptOutcome.objects.latest("id").pk).update(expires_at=Now())
    assert forget_outcomes() == 1
    assert forget_outcomes() == 0
    assert once(owner, Work())[1] is True


def test_a_copy_of_the_table_shows_neither_keys_nor_answers(owner: Person) -> None:
    once(owner, Work("shown once"), key="order-4711")
    with connection.cursor() as cursor:
        cursor.execute("SELECT kept::text FROM accounts_keptoutcome kept")
        text = cursor.fetchone()[0]
    assert b"shown once".hex() not in text
    assert b"order-4711".hex() not in text and "order-4711" not in text


@pytest.mark.parametrize("text", ["a", "x" * 255, "8e03978e-40d5", '"quoted"', " trimmed ", "a,b"])
def test_keys(text: str) -> None:
    assert read_key(text) == text.strip().strip('"')


@pytest.mark.parametrize("text", ["", " ", '""', "x" * 256, "two words", "schlüssel", "a\tb", "\0"])
def test_no_keys(text: str) -> None:
    with pytest.raises(BadIdempotencyKey):
        read_key(text)


class Paused(Work):
    """Work that has begun and waits until it may go on."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.go_on = threading.Event(), threading.Event()

    def __call__(self) -> Outcome:
        self.begun.set()
        assert self.go_on.wait(20)
        return super().__call__()


def in_thread(pool: ThreadPoolExecutor, *args: Any, **changes: Any) -> Any:
    def run() -> Any:
        try:
            return once(*args, **changes)
        finally:
            connection.close()

    return pool.submit(run)


@pytest.fixture
def real(transactional_db: None, owner: Person) -> Person:
    """Somebody in a database with real transactions."""
    assert owner.principal
    return owner


def test_while_the_first_runs_the_second_is_told_so(real: Person) -> None:
    work = Paused()
    with ThreadPoolExecutor(1) as pool:
        first = in_thread(pool, real, work)
        assert work.begun.wait(20)
        with pytest.raises(IdempotencyKeyInUse):
            once(real, work)
        work.go_on.set()
        assert once(real, work, patience_seconds=20) == (first.result()[0], True)
    assert work.count == 1


def test_of_many_at_once_one_works(real: Person) -> None:
    work = Work()
    with ThreadPoolExecutor(16) as pool:
        tries = [in_thread(pool, real, work, patience_seconds=20) for _ in range(50)]
        outcomes = [each.result() for each in tries]
    assert work.count == Tenant.objects.filter(name="Made 1").count() == 1
    assert [is_old for _, is_old in outcomes].count(False) == 1
    assert len({outcome["made"] for outcome, _ in outcomes}) == 1


def test_a_holder_whose_connection_ends_has_done_nothing(real: Person) -> None:
    work = Paused()
    with ThreadPoolExecutor(1) as pool:
        first = in_thread(pool, real, work)
        assert work.begun.wait(20)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE state = 'idle in transaction' AND datname = current_database()"
            )
            assert cursor.rowcount == 1
        assert once(real, Work(), patience_seconds=20)[1] is False
        work.go_on.set()
        assert first.exception() is not None
    assert Tenant.objects.filter(name__startswith="Made").count() == 1


def test_a_holder_that_falls_silent_is_given_up(real: Person) -> None:
    def limit() -> Outcome:
        with connection.cursor() as cursor:
            cursor.execute("SHOW idle_in_transaction_session_timeout")
            return {"limit": cursor.fetchone()[0]}

    assert once(real, limit)[0] == {"limit": "5min"}
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone()[0] == "0"
