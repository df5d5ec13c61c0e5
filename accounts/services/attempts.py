"""Letting things be tried only so often: counted in the database, which forgets nothing.

One statement counts and decides, so that of any number of attempts at once no more than the
allowance get through. Without the database nothing is allowed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import F
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac

from accounts.models import AttemptCounter

KEPT_AFTERWARDS = timedelta(hours=1)
FORGOTTEN_AT_ONCE = 1000

TAKE = """
    INSERT INTO accounts_attemptcounter AS counter (key, attempts, resets_at)
    VALUES (%(key)s, 1, statement_timestamp() + %(window)s)
    ON CONFLICT (key) DO UPDATE SET
        attempts = CASE WHEN counter.resets_at <= statement_timestamp()
                   THEN 1 ELSE counter.attempts + 1 END,
        resets_at = CASE WHEN counter.resets_at <= statement_timestamp()
                    THEN excluded.resets_at ELSE counter.resets_at END
    WHERE counter.resets_at <= statement_timestamp() OR counter.attempts < %(most)s
    RETURNING key
"""

WAIT = """
    SELECT ceil(extract(epoch FROM resets_at - statement_timestamp()))::int
    FROM accounts_attemptcounter WHERE key = %s
"""


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many attempts within a window, which begins with the first of them."""

    name: str
    most: int
    window: timedelta

    def key(self, subject: str) -> str:
        """Return under which key attempts for ``subject`` are counted."""
        return salted_hmac(f"attempts:{self.name}", subject, algorithm="sha256").hexdigest()


LOGIN_TO_ACCOUNT = Allowance("login-account", 10, timedelta(minutes=15))
SECOND_FACTOR = Allowance("second-factor", 10, timedelta(minutes=15))
LOGIN_FROM_ADDRESS = Allowance("login-address", 20, timedelta(minutes=1))
# An app's code is right for three steps of 30 seconds (MFA_TOTP_TOLERANCE).
RIGHT_CODE = Allowance("right-code", 1, timedelta(minutes=3))


def take_attempt(*, allowance: Allowance, subject: str) -> bool:
    """Count an attempt for ``subject``; return whether it is still within the allowance."""
    given: dict[str, Any] = {
        "key": allowance.key(subject),
        "window": allowance.window,
        "most": allowance.most,
    }
    with connection.cursor() as cursor:
        cursor.execute(TAKE, given)
        return cursor.fetchone() is not None


def take_login_attempt(*, email: str, address: str) -> Allowance | None:
    """Count an attempt to log in; return the allowance that is used up, None when both last.

    For whoever does not exist as for everybody else: the answer tells nothing.
    """
    taken: list[tuple[Allowance, str]] = []
    for allowance, subject in _of_login(email, address):
        if not take_attempt(allowance=allowance, subject=subject):
            _give_back(taken)
            return allowance
        taken.append((allowance, subject))
    return None


def give_login_attempt_back(*, email: str, address: str) -> None:
    """Uncount an attempt to log in that turned out well."""
    _give_back(_of_login(email, address))


def use_code_up(*, subject: str, code: str) -> bool:
    """Return whether a right code is new: it opens once, however long it is right (RFC 6238, 5.2).

    Spaces and dashes do not make another code of it.
    """
    plain = "".join(filter(str.isalnum, code))
    return take_attempt(allowance=RIGHT_CODE, subject=f"{subject} {plain}")


def seconds_until_reset(*, allowance: Allowance, subject: str) -> int:
    """Return when attempts for ``subject`` are allowed again: in so many seconds, at least 1."""
    with connection.cursor() as cursor:
        cursor.execute(WAIT, [allowance.key(subject)])
        row = cursor.fetchone()
    return max(1, row[0]) if row else 1


def give_attempt_back(*, allowance: Allowance, subject: str) -> None:
    """Uncount an attempt that turned out well."""
    AttemptCounter.objects.filter(pk=allowance.key(subject), attempts__gt=0).update(
        attempts=F("attempts") - 1
    )


def forget_attempts(*, allowance: Allowance, subject: str) -> None:
    """Begin anew for ``subject``, who has shown otherwise who they are."""
    AttemptCounter.objects.filter(pk=allowance.key(subject)).delete()


def forget_old_attempts() -> int:
    """Delete counters whose windows are over; return how many."""
    old = AttemptCounter.objects.filter(resets_at__lt=Now() - KEPT_AFTERWARDS)
    deleted, _ = AttemptCounter.objects.filter(pk__in=old[:FORGOTTEN_AT_ONCE]).delete()
    return deleted


def _of_login(email: str, address: str) -> list[tuple[Allowance, str]]:
    return [(LOGIN_FROM_ADDRESS, address), (LOGIN_TO_ACCOUNT, email.strip().lower())]


def _give_back(attempts: list[tuple[Allowance, str]]) -> None:
    for allowance, subject in attempts:
        give_attempt_back(allowance=allowance, subject=subject)
