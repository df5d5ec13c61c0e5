"""What allauth does our way."""

from __future__ import annotations

from collections.abc import Mapping
from smtplib import SMTPException
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import AuditAction, Membership, User
from accounts.services import mailing
from accounts.services.attempts import (
    LOGIN_TO_ACCOUNT,
    forget_attempts,
    give_login_attempt_back,
    take_login_attempt,
)
from accounts.services.audit import record_failed_sign_in, record_of_person
from accounts.services.signup import EmailTaken, sign_up
from config.api.problems import problem_response
from config.caller import current_caller, current_network
from config.database.reach import all_tenants

log = structlog.get_logger("accounts.mail")
FORGOTTEN = ("account/email/password_reset_key", "account/email/unknown_account")


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth has no types
    """Sign-up through our service; links and redirects that nobody else can steer."""

    def save_user(self, request: HttpRequest, user: User, form: Form, commit: bool = True) -> User:
        """Return a new person who owns a new tenant."""
        given = form.cleaned_data
        try:
            membership = sign_up(
                email=given["email"],
                password=given["password1"],
                name=given["name"],
                workspace=given["workspace"],
            )
        except EmailTaken as error:  # between the form's check and now
            raise ImmediateHttpResponse(problem_response(request, error)) from None
        return membership.user

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the one address that everything here goes by (config/caller.py)."""
        return current_caller().address or str(super().get_client_ip(request))

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign somebody in, and write that down."""
        with transaction.atomic():
            super().login(request, user)
            record_of_person(person=user, actor=user, action=AuditAction.SIGNED_IN)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Write down a wrong password."""
        record_failed_sign_in(email=_login_in(credentials))

    def set_password(self, user: User, password: str) -> None:
        """Save a new password, and write down that there is one."""
        signed_in = context.request.user
        action = AuditAction.PASSWORD_CHANGED if signed_in == user else AuditAction.PASSWORD_RESET
        with transaction.atomic():
            super().set_password(user, password)
            record_of_person(person=user, actor=user, action=action)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse to look at one more password where too many were wrong."""
        self._attempt = {
            "email": _login_in(credentials),
            "address": current_network() or self.get_client_ip(request),
        }
        if take_login_attempt(**self._attempt):
            raise self.validation_error("too_many_login_attempts")

    def _rollback_login_failed_rl_usage(self) -> None:
        """Count only attempts that fail (called by allauth after one that did not)."""
        give_login_attempt_back(**self._attempt)

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """Begin anew for somebody who has set a new password by mail (called by allauth)."""
        forget_attempts(allowance=LOGIN_TO_ACCOUNT, subject=_login_in(credentials))

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Send staff who belong to no tenant to the admin, everybody else to their work."""
        user = request.user
        with all_tenants():
            has_workspace = Membership.objects.filter(user=user.pk).exists()
        if user.is_staff and not has_workspace:
            return reverse("admin:index")
        return str(super().get_login_redirect_url(request))

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Return the link on our public address, whatever Host the request claimed."""
        uid, _, token = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
        return f"{settings.PUBLIC_URL}{path}"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail that names the product, not the host.

        Forgotten passwords of known and unknown addresses are counted alike, here, where each
        ends in a mail. Raises TooManyAttempts and MailUnavailable.
        """
        if template_prefix in FORGOTTEN:
            mailing.take(mailing.MAILS_FROM, current_network())
            mailing.take(mailing.MAILS_TO, email.strip().lower())
        site = SimpleNamespace(name="Countermark", domain=urlsplit(settings.PUBLIC_URL).netloc)
        try:
            super().send_mail(template_prefix, email, {**context, "current_site": site})
        except (SMTPException, OSError) as error:
            log.error("mail_not_sent", template=template_prefix, error=repr(error))
            raise mailing.MailUnavailable from error

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Count who sends the form; raises TooManyAttempts."""
        if request.method == "POST":
            mailing.take(mailing.SIGN_UPS_FROM, current_network())
        return bool(super().is_open_for_signup(request))


def _login_in(credentials: Mapping[str, Any]) -> str:
    return str(credentials.get("email") or credentials.get("username") or "").strip().lower()
