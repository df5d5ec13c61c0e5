"""Showing who one is with a password (and a code), outside of the pages: for tokens."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.contrib.auth import authenticate
from django.db import transaction

from accounts.models import AuditAction, User
from accounts.services.api_keys import InvalidCredentials
from accounts.services.attempts import (
    LOGIN_TO_ACCOUNT,
    SECOND_FACTOR,
    Allowance,
    give_attempt_back,
    give_login_attempt_back,
    seconds_until_reset,
    take_attempt,
    take_login_attempt,
    use_code_up,
)
from accounts.services.audit import record_failed_sign_in, record_of_person
from config.caller import current_network
from config.errors import LimitReached


class InvalidLogin(InvalidCredentials):
    """Unknown, wrong password or closed account: nobody learns which."""

    code = "invalid_login"
    bearer_error = ""
    message = "The e-mail address or the password is wrong."


class CodeRequired(InvalidCredentials):
    """The password is right, and the account asks for a code as well."""

    code = "otp_required"
    bearer_error = ""
    message = "This account has two-step log-in. Send the code of the authenticator app as otp."


class InvalidCode(InvalidCredentials):
    """The password is right, the code is not, or was used before."""

    code = "invalid_otp"
    bearer_error = ""
    message = "The code is wrong or was used before."


class TooManyAttempts(LimitReached):
    """So many were wrong that the next is not even looked at."""

    code = "too_many_attempts"
    status = 429
    message = "Too many failed attempts. Please wait."
    retry_after_seconds = 60


def log_in(*, email: str, password: str, code: str) -> User:
    """Return who has this address and password (and, where they have one, code).

    Failures are counted and written down together with those of the log-in page. Raises
    InvalidLogin, CodeRequired, InvalidCode, TooManyAttempts.
    """
    email, address = email.strip().lower(), current_network()
    if used_up := take_login_attempt(email=email, address=address):
        raise _too_many(used_up, email if used_up == LOGIN_TO_ACCOUNT else address)
    user = authenticate(None, email=email, password=password)
    if not isinstance(user, User):
        record_failed_sign_in(email=email)
        raise InvalidLogin
    give_login_attempt_back(email=email, address=address)
    _pass_second_factor(user, code)
    return user


def _pass_second_factor(user: User, code: str) -> None:
    authenticators = list(Authenticator.objects.filter(user=user))
    if not authenticators:
        return
    if not code:
        raise CodeRequired
    subject = str(user.pk)
    if not take_attempt(allowance=SECOND_FACTOR, subject=subject):
        raise _too_many(SECOND_FACTOR, subject)
    right = next((each for each in authenticators if each.wrap().validate_code(code)), None)
    if right and use_code_up(subject=subject, code=code):
        right.record_usage()
        give_attempt_back(allowance=SECOND_FACTOR, subject=subject)
        return
    with transaction.atomic():
        record_of_person(person=user, actor="nobody", action=AuditAction.SECOND_FACTOR_FAILED)
    raise InvalidCode


def _too_many(allowance: Allowance, subject: str) -> TooManyAttempts:
    seconds = seconds_until_reset(allowance=allowance, subject=subject)
    return TooManyAttempts(retry_after_seconds=seconds)
