"""Another e-mail address: asked for with the password, made by a link that is mailed to it.

Only who has asked may follow the link: whoever owns a mistyped address cannot. A digest of it is
kept with the person, which the next request replaces and its use clears, so that it works once. It
is signed, and names the old address and a digest of the password, so that whoever changes either
takes it back.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from hashlib import sha256
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
from config.errors import Forbidden, Invalid, Missing

LIFETIME = timedelta(hours=24)
MAIL, DONE_MAIL = "accounts/email/email_change", "accounts/email/email_changed"
KNOWN_MAIL = "accounts/email/email_taken"
_SALT = "countermark.email-change"


class SameEmail(Invalid):
    """There is nothing to change."""

    code = "same_email"
    message = "This is your address already."


class OthersLink(Forbidden):
    """The link is another person's, who has to be logged in to follow it."""

    code = "others_link"
    message = "This link is for another account. Log in as whoever asked for it."


def ask_email_change(*, user: User, email: str, password: str) -> None:
    """Mail a link to ``email`` that makes it the person's; one that is taken is told so itself.

    Either way no earlier link works any more, so that those do not tell which addresses are taken.
    Raises WrongPassword, SameEmail, TooManyAttempts, MailUnavailable and Missing (their account
    is deleted meanwhile).
    """
    require_password(user=user, password=password)
    email = email.strip().lower()
    if email == user.email:
        raise SameEmail
    mailing.take(mailing.MAILS_TO, str(user.pk))
    mailing.take(mailing.MAILS_TO, email)
    token = secrets.token_urlsafe(16)
    parts = [str(user.pk), user.email, email, _password_mark(user), token]
    text = signing.dumps(parts, salt=_SALT)
    if User.objects.filter(email=email).exists():
        mailing.send(KNOWN_MAIL, email, {"email": email})
    else:
        link = settings.PUBLIC_URL + reverse("account_confirm_email", args=[text])
        context = {"link": link, "hours": int(LIFETIME.total_seconds() // 3600)}
        mailing.send(MAIL, email, context)
    # After the mail: where it could not be sent, nothing was done.
    if not User.objects.filter(pk=user.pk).update(email_change_digest=_digest(text)):
        raise Missing


def read_email_change(*, user: User, text: str) -> str:
    """Return the address that a link makes ``user``'s; looking uses nothing up.

    Raises InvalidLink and OthersLink.
    """
    _, email = _read(user, text, User.objects.all())
    return email


def confirm_email_change(*, user: User, text: str) -> User:
    """Return the person, who has the new address; tell the old one. Raises as reading does.

    The old one first: an address that nobody is told about is not changed. (MailUnavailable.)
    Outside of the transaction, which keeps other acts of all the person's workspaces waiting.
    """
    person, email = _read(user, text, User.objects.all())
    mailing.send(DONE_MAIL, person.email, {"email": email, "old": person.email})
    with transaction.atomic():
        person, email = _read(user, text, User.objects.select_for_update())
        person.email, person.email_change_digest = email, ""
        _save(person)
        EmailAddress.objects.filter(user=person).delete()
        EmailAddress.objects.filter(email__iexact=email).delete()
        EmailAddress.objects.create(user=person, email=email, verified=True, primary=True)
        record_of_person(person=person, actor=person, action=AuditAction.EMAIL_CHANGED)
    return person


def _read(user: User, text: str, people: Any) -> tuple[User, str]:
    try:
        pk, old, email, mark, _ = signing.loads(text, salt=_SALT, max_age=LIFETIME)
    except (signing.BadSignature, ValueError):
        raise InvalidLink from None
    if pk != str(user.pk):
        raise OthersLink
    person = people.filter(pk=pk, email=old, is_active=True).first()
    if (
        person is None
        or not constant_time_compare(mark, _password_mark(person))
        or not constant_time_compare(person.email_change_digest, _digest(text))
        or User.objects.filter(email=email).exists()
    ):
        raise InvalidLink
    return person, email


def _save(user: User) -> None:
    try:
        with transaction.atomic():
            user.save(update_fields=["email", "email_change_digest"])
    except IntegrityError:  # somebody has signed up with it since
        raise InvalidLink from None


def _password_mark(user: User) -> str:
    return salted_hmac(_SALT, user.password, algorithm="sha256").hexdigest()[:32]


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
