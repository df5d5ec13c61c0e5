"""Forgotten passwords over the API: allauth's links and rules, without its pages."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from allauth.account.app_settings import PASSWORD_RESET_TOKEN_GENERATOR
from allauth.account.internal.flows.password_reset import request_password_reset
from allauth.account.utils import filter_users_by_email, url_str_to_user_pk
from allauth.core import context
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from accounts.services.attempts import LOGIN_TO_ACCOUNT, forget_attempts
from accounts.services.invitations import refuse_weak_password
from accounts.services.link_tokens import InvalidLink


def request_reset(*, email: str) -> None:
    """Mail a link, or, to an address without an account, that there is none.

    Raises TooManyAttempts and MailUnavailable, for known and unknown addresses alike.
    """
    email = email.strip().lower()
    people = filter_users_by_email(email, is_active=True, prefer_verified=True)
    request_password_reset(context.request, email, people, None)


def reset_password(*, key: str, password: str) -> None:
    """Set the password of whose link ``key`` is the end. A link works once.

    Raises InvalidLink, and Invalid for a weak password, after which the link still works.
    """
    uid, _, token = key.partition("-")
    with transaction.atomic():
        user = _locked(uid)
        # The token is made of the password that it replaces: used, it is none any more.
        if user is None or not PASSWORD_RESET_TOKEN_GENERATOR().check_token(user, token):
            raise InvalidLink
        refuse_weak_password(password, user)
        get_adapter().set_password(user, password)
        forget_attempts(allowance=LOGIN_TO_ACCOUNT, subject=user.email)


def _locked(uid: str) -> User | None:
    try:
        pk = url_str_to_user_pk(uid)
    except (ValueError, ValidationError):
        return None
    return User.objects.select_for_update().filter(pk=pk, is_active=True).first()
