"""Showing once more who sits there, before something that cannot be taken back."""

from __future__ import annotations

from accounts.models import User
from accounts.services.attempts import (
    LOGIN_TO_ACCOUNT,
    give_attempt_back,
    seconds_until_reset,
    take_attempt,
)
from accounts.services.audit import record_failed_sign_in
from accounts.services.logging_in import TooManyAttempts
from config.errors import Invalid


class WrongPassword(Invalid):
    """Who sits there may be somebody else."""

    code = "wrong_password"
    message = "This is not your password."


def require_password(*, user: User, password: str) -> None:
    """Return if ``password`` is the person's; it is counted and written down as at log-in.

    Raises WrongPassword and TooManyAttempts.
    """
    if not take_attempt(allowance=LOGIN_TO_ACCOUNT, subject=user.email):
        seconds = seconds_until_reset(allowance=LOGIN_TO_ACCOUNT, subject=user.email)
        raise TooManyAttempts(retry_after_seconds=seconds)
    if not user.check_password(password):
        record_failed_sign_in(email=user.email)
        raise WrongPassword
    give_attempt_back(allowance=LOGIN_TO_ACCOUNT, subject=user.email)
