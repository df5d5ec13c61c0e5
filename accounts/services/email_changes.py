"""Another e-mail address: asked for with the password, made by a link that is mailed to it.

The link is signed and not kept: it names the old address, so that it works once, and a digest of
the password, so that whoever changes the password takes it back.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import AuditAction, User
from accounts.services import mailing
from accounts.services.audit import record_of_person
from accounts.services.link_tokens import InvalidLink
from accounts.services.proofs import require_password
from config.errors import Invalid

LIFETIME = timedelta(hours=24)
MAIL, DONE_MAIL = "accounts/email/email_change", "accounts/email/email_changed"
KNOWN_MAIL = "accounts/email/email_taken"
_SALT = "countermark.email-change"


class SameEmail(Invalid):
    """There is nothing to change."""

    code = "same_email"
    message = "This is your address already."


def ask_email_change(*, user: User, email: str, password: str) -> None:
    """Mail a link to ``email`` that makes it the person's; one that is taken is told so itself.

    Raises WrongPassword, SameEmail, TooManyAttempts, MailUnavailable.
    """
    require_password(user=user, password=password)
    email = email.strip().lower()
    if email == user.email:
        raise SameEmail
    mailing.take(mailing.MAILS_TO, str(user.pk))
    mailing.take(mailing.MAILS_TO, email)
    if User.objects.filter(email=email).exists():
        mailing.send(KNOWN_MAIL, email, {"email": email})
        return
    text = signing.dumps([str(user.pk), user.email, email, _password_mark(user)], salt=_SALT)
    link = settings.PUBLIC_URL + reverse("account_confirm_email", args=[text])
    context = {"link": link, "hours": int(LIFETIME.total_seconds() // 3600)}
    mailing.send(MAIL, email, context)


def read_email_change(*, text: str) -> str:
    """Return the address that a link makes somebody's; looking uses nothing up. InvalidLink."""
    user, email = _read(text, User.objects.all())
    if User.objects.filter(email=email).exclude(pk=user.pk).exists():
        raise InvalidLink
    return email


def confirm_email_change(*, text: str) -> User:
    """Return the person, who has the new address; tell the old one. Raises InvalidLink."""
    with transaction.atomic():
        user, email = _read(text, User.objects.select_for_update())
        old, user.email = user.email, email
        _save(user)
        EmailAddress.objects.filter(user=user).delete()
        EmailAddress.objects.filter(email__iexact=email).delete()
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
        record_of_person(person=user, actor=user, action=AuditAction.EMAIL_CHANGED)
        # Last: an address that nobody is told about is not changed.
        mailing.send(DONE_MAIL, old, {"email": email, "old": old})
    return user


def _read(text: str, people: Any) -> tuple[User, str]:
    try:
        pk, old, email, mark = signing.loads(text, salt=_SALT, max_age=LIFETIME)
    except (signing.BadSignature, ValueError):
        raise InvalidLink from None
    user = people.filter(pk=pk, email=old, is_active=True).first()
    if user is None or not constant_time_compare(mark, _password_mark(user)):
        raise InvalidLink
    return user, email


def _save(user: User) -> None:
    try:
        with transaction.atomic():
            user.save(update_fields=["email"])
    except IntegrityError:  # somebody has signed up with it since
        raise InvalidLink from None


def _password_mark(user: User) -> str:
    return salted_hmac(_SALT, user.password, algorithm="sha256").hexdigest()[:32]
