"""Counting attempts: exact under races, forgetful afterwards."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now

from accounts.models import AttemptCounter
from accounts.services.attempts import (
    KEPT_AFTERWARDS,
    Allowance,
    forget_attempts,
    forget_old_attempts,
    give_attempt_back,
    take_attempt,
)

TEN = Allowance("tests", 10, timedelta(minutes=15))


def take(subject: str) -> bool:
    return take_attempt(allowance=TEN, subject=subject)


@pytest.mark.django_db(transaction=True)
def test_of_fifty_at_once_ten_get_through() -> None:
    subject = secrets.token_hex(8)

    def attempt(_: int) -> bool:
        try:
            return take(subject)
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(attempt, range(50))) == 10


@pytest.mark.django_db
def test_each_subject_and_allowance_counts_for_itself() -> None:
    assert all(take("ada") for _ in range(10))
    assert not take("ada")
    assert take("bob")
    assert take_attempt(allowance=Allowance("others", 1, TEN.window), subject="ada")


@pytest.mark.django_db
def test_a_window_ends() -> None:
    assert [take("ada") for _ in range(11)] == [True] * 10 + [False]
    AttemptCounter.objects.update(resets_at=Now())
    assert [take("ada") for _ in range(11)] == [True] * 10 + [False]


@pytest.mark.django_db
def test_what_turned_out_well_is_given_back_and_no_more() -> None:
    for _ in range(30):
        assert take("ada")
        give_attempt_back(allowance=TEN, subject="ada")
    give_attempt_back(allowance=TEN, subject="ada")
    assert AttemptCounter.objects.get().attempts == 0


@pytest.mark.django_db
def test_forgetting() -> None:
    assert all(take("ada") for _ in range(10))
    take("bob")
    forget_attempts(allowance=TEN, subject="ada")
    assert take("ada")
    AttemptCounter.objects.filter(pk=TEN.key("ada")).update(
        resets_at=Now() - KEPT_AFTERWARDS - timedelta(minutes=1)
    )
    assert forget_old_attempts() == 1
    assert AttemptCounter.objects.get().pk == TEN.key("bob")


@pytest.mark.django_db
def test_nobody_is_named() -> None:
    take("ada@example.org")
    assert "ada" not in str(AttemptCounter.objects.values().get())
