"""Codes from an authenticator app as the second factor: allauth's, our way."""

from __future__ import annotations

from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter as account_adapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base import forms as base
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.access import View
from accounts.models import AuditAction, User
from accounts.sealing import SECOND_FACTOR as OF_SECOND_FACTOR
from accounts.sealing import seal, unseal
from accounts.services.attempts import (
    SECOND_FACTOR,
    give_attempt_back,
    take_attempt,
    use_code_up,
)
from accounts.services.audit import record_of_person


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc] # allauth has no types
    """Keeps secrets encrypted: a copy of the database makes no codes."""

    def encrypt(self, text: str) -> str:
        """Return ``text`` as it is kept."""
        return seal(text, purpose=OF_SECOND_FACTOR)

    def decrypt(self, encrypted_text: str) -> str:
        """Return what ``encrypt`` was given."""
        return unseal(encrypted_text, purpose=OF_SECOND_FACTOR)


class _Counted:
    """A form whose codes may be guessed only so often, as the database counts."""

    user: User

    def clean_code(self) -> str:
        """Return the code; an attempt is used up unless it is right."""
        subject = str(self.user.pk)
        if not take_attempt(allowance=SECOND_FACTOR, subject=subject):
            raise account_adapter().validation_error("too_many_login_attempts")
        try:
            code = str(super().clean_code())  # type: ignore[misc] # of the form beside
            if not use_code_up(subject=subject, code=code):
                raise account_adapter().validation_error("incorrect_code")
        except ValidationError:
            self._write_failure()
            raise
        give_attempt_back(allowance=SECOND_FACTOR, subject=subject)
        return code

    def _write_failure(self) -> None:
        person, failed = self.user, AuditAction.SECOND_FACTOR_FAILED
        with transaction.atomic():
            record_of_person(person=person, actor="nobody", action=failed)


class AuthenticateForm(_Counted, base.AuthenticateForm):  # type: ignore[misc] # see above
    """The second step of logging in."""


class ReauthenticateForm(_Counted, base.ReauthenticateForm):  # type: ignore[misc] # see above
    """Showing once more who sits there."""


class ActivateForm(_Counted, totp.ActivateTOTPForm):  # type: ignore[misc] # see above
    """The first code of a new app."""

    def _write_failure(self) -> None:
        """Nobody tries to be somebody else here."""


def written_down(view: View) -> View:
    """Decorate a page of allauth's that may change somebody's second factors: tell what changed."""

    @wraps(view)
    @transaction.atomic
    def watched(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        person: Any = request.user
        before = _factors(person)
        response = view(request, *args, **kwargs)
        for action in _changes(before, _factors(person)):
            record_of_person(person=person, actor=person, action=action)
        return response

    return watched


def _factors(person: Any) -> dict[str, int]:
    """Return the id of each kind of second factor that ``person`` has."""
    held = Authenticator.objects.filter(user=person.pk)
    return dict(held.values_list("type", "pk"))


def _changes(before: dict[str, int], after: dict[str, int]) -> list[AuditAction]:
    app, codes = Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES
    changes = []
    if after.get(app) != before.get(app):
        gone = app not in after
        changes.append(
            AuditAction.SECOND_FACTOR_REMOVED if gone else AuditAction.SECOND_FACTOR_ADDED
        )
    if codes in after and after[codes] != before.get(codes):
        changes.append(AuditAction.RECOVERY_CODES_MADE)
    return changes
