"""Signing up over the API: nothing is made before the address is shown to be one's own.

Known and unknown addresses are answered alike, after the same work and with a mail each: so nobody
learns who has an account, and nobody can take an address before its owner does.
"""

from __future__ import annotations

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models.functions import Now
from django.urls import reverse

from accounts.models import Membership, PendingSignup, User
from accounts.services import mailing
from accounts.services.invitations import refuse_weak_password
from accounts.services.link_tokens import InvalidLink, digest_of_link, new_link_token
from accounts.services.signup import EmailTaken, open_workspace
from config.caller import current_network
from config.database.reach import all_tenants

LIFETIME = timedelta(hours=24)
FORGOTTEN_AT_ONCE = 1000
MAIL, KNOWN_MAIL = "accounts/email/verify", "account/email/account_already_exists"


def register(*, email: str, name: str, password: str, workspace: str = "") -> None:
    """Mail a link to ``email`` that makes the account; to who has one, that they have.

    Raises Invalid (a weak password), TooManyAttempts, MailUnavailable.
    """
    mailing.take(mailing.SIGN_UPS_FROM, current_network())
    email, name = email.strip().lower(), name.strip()
    refuse_weak_password(password, User(email=email, name=name))
    kept = make_password(password)  # slow on purpose, and for everybody
    mailing.take(mailing.MAILS_TO, email)
    text, digest = new_link_token()
    with transaction.atomic():
        if User.objects.filter(email=email).exists():
            _tell_known(email)
            return
        PendingSignup.objects.create(
            digest=digest,
            email=email,
            name=name,
            workspace=workspace.strip(),
            password=kept,
            expires_at=Now() + LIFETIME,
        )
        link = settings.PUBLIC_URL + reverse("account_verify", args=[text])
        mailing.send(MAIL, email, {"link": link, "hours": int(LIFETIME.total_seconds() // 3600)})


@all_tenants()  # the tenant is new
def verify_email(*, text: str) -> Membership:
    """Return the new person's ownership of their new tenant. Raises InvalidLink."""
    digest = digest_of_link(text)
    with transaction.atomic():
        waiting = PendingSignup.objects.select_for_update().filter(expires_at__gt=Now())
        asked = waiting.filter(digest=digest).first()
        if asked is None:
            raise InvalidLink
        user = User(email=asked.email, name=asked.name, password=asked.password)
        try:
            membership = open_workspace(user=user, workspace=asked.workspace)
        except EmailTaken:
            raise InvalidLink from None
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        PendingSignup.objects.filter(email=asked.email).delete()
    return membership


def is_waiting(*, text: str) -> bool:
    """Whether a link still makes an account; looking uses nothing up."""
    try:
        waiting = PendingSignup.objects.filter(digest=digest_of_link(text))
    except InvalidLink:
        return False
    return waiting.filter(expires_at__gt=Now()).exists()


def forget_old_signups() -> int:
    """Delete what nobody has verified in time; return how many."""
    old = PendingSignup.objects.filter(expires_at__lt=Now())
    return PendingSignup.objects.filter(pk__in=old[:FORGOTTEN_AT_ONCE]).delete()[0]


def _tell_known(email: str) -> None:
    context = {
        "email": email,
        "password_reset_url": settings.PUBLIC_URL + reverse("account_reset_password"),
        "signup_url": settings.PUBLIC_URL + reverse("account_signup"),
    }
    mailing.send(KNOWN_MAIL, email, context)
