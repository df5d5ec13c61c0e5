"""People of the fuzz, and links that were mailed to others: chance would find none of them."""

from __future__ import annotations

import uuid
from datetime import timedelta

from allauth.account.app_settings import PASSWORD_RESET_TOKEN_GENERATOR
from allauth.account.utils import user_pk_to_url_str
from django.contrib.auth.hashers import make_password
from django.db.models.functions import Now

from accounts.models import PendingSignup, Tenant, User
from accounts.services.link_tokens import new_link_token
from accounts.tests.factories import PASSWORD, make_invitation, make_member, make_tokens

OF_EACH = 5


def make_people(tenant: Tenant, owner: User) -> dict[str, list[str]]:
    """Return members' ids, an access token, and by operation the secrets of links that work."""
    members = [make_member("viewer", tenant=tenant) for _ in range(OF_EACH)]
    forgetful = [make_member("viewer", tenant=tenant) for _ in range(OF_EACH)]
    numbers = range(OF_EACH)
    return {
        "member": [str(each.pk) for each in members],
        "access_token": [make_tokens(owner)[1].access_token],
        "/api/v1/auth/verify-email/": [_signed_up() for _ in numbers],
        "/api/v1/auth/password/reset/confirm/": [_reset_key(each) for each in forgetful],
        "/api/v1/organization/invitations/accept/": [make_invitation(tenant)[1] for _ in numbers],
    }


def _signed_up() -> str:
    text, digest = new_link_token()
    PendingSignup.objects.create(
        digest=digest,
        email=f"signed-up-{uuid.uuid4()}@example.org",
        name="Ada Lovelace",
        workspace="Acme",
        password=make_password(PASSWORD),
        expires_at=Now() + timedelta(days=1),
    )
    return text


def _reset_key(user: User) -> str:
    return f"{user_pk_to_url_str(user)}-{PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)}"
