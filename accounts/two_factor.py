"""Codes from an authenticator app as the second factor: allauth's, our way."""

from __future__ import annotations

import base64

from allauth.account.adapter import get_adapter as account_adapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base import forms as base
from allauth.mfa.totp import forms as totp
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes

from accounts.models import User
from accounts.services.attempts import SECOND_FACTOR, give_attempt_back, take_attempt


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc] # allauth has no types
    """Keeps secrets encrypted: a copy of the database makes no codes."""

    def encrypt(self, text: str) -> str:
        """Return ``text`` as it is kept."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return what ``encrypt`` was given."""
        return _cipher().decrypt(encrypted_text.encode()).decode()


class _Counted:
    """A form whose codes may be guessed only so often, as the database counts."""

    user: User

    def clean_code(self) -> str:
        """Return the code; an attempt is used up unless it is right."""
        subject = str(self.user.pk)
        if not take_attempt(allowance=SECOND_FACTOR, subject=subject):
            raise account_adapter().validation_error("too_many_login_attempts")
        code = str(super().clean_code())  # type: ignore[misc] # of the form beside
        give_attempt_back(allowance=SECOND_FACTOR, subject=subject)
        return code


class AuthenticateForm(_Counted, base.AuthenticateForm):  # type: ignore[misc] # see above
    """The second step of logging in."""


class ReauthenticateForm(_Counted, base.ReauthenticateForm):  # type: ignore[misc] # see above
    """Showing once more who sits there."""


class ActivateForm(_Counted, totp.ActivateTOTPForm):  # type: ignore[misc] # see above
    """The first code of a new app."""


def _cipher() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(key: str | bytes) -> bytes:
    """Return a key for this purpose alone (RFC 5869)."""
    hkdf = HKDF(SHA256(), length=32, salt=None, info=b"countermark second factor")
    return base64.urlsafe_b64encode(hkdf.derive(force_bytes(key)))
