"""Checking API keys, and how each can be refused (making and changing: key_changes.py)."""

from __future__ import annotations

import hmac
from datetime import timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from accounts.models import APIKey
from accounts.services.key_text import digest_of, lookup_in
from accounts.services.networks import is_within
from accounts.services.recent_keys import recent_key
from config.errors import Forbidden, Unauthenticated

LAST_USED_EVERY = timedelta(minutes=1)


class InvalidCredentials(Unauthenticated):
    """A credential was sent and does not hold."""

    code = "invalid_credentials"
    message = "The credentials are not valid."
    bearer_error = "invalid_token"


class InvalidAPIKey(InvalidCredentials):
    """Not a key, or not one of ours: strangers do not learn which."""

    code = "invalid_api_key"
    message = "The API key is not valid."


class ExpiredAPIKey(InvalidCredentials):
    """The right key, too late. Only who holds the secret gets to read this."""

    code = "expired_api_key"
    message = "The API key has expired."


class RevokedAPIKey(InvalidCredentials):
    """The right key, but revoked. Only who holds the secret gets to read this."""

    code = "revoked_api_key"
    message = "The API key has been revoked."


class AddressNotAllowed(Forbidden):
    """The right key, but from an address that it may not be used from."""

    code = "address_not_allowed"
    message = "This API key may not be used from your network address."


def verify_api_key(text: str, address: str | None = None) -> APIKey:
    """Return the working key, with its tenant loaded, that ``text`` is.

    Raises InvalidAPIKey (without a query for what cannot be a key), RevokedAPIKey,
    ExpiredAPIKey, and AddressNotAllowed where ``address`` is none of its networks'. One query
    (none within a moment after another), and once a minute a second that notes the use.
    """
    lookup = lookup_in(text)
    if lookup is None:
        raise InvalidAPIKey
    key = recent_key(lookup, _row_of)
    # Unknown and wrong take the same path, so that neither the answer nor its time tells.
    kept = bytes(key.secret_hmac) if key else bytes(32)
    if not hmac.compare_digest(kept, digest_of(text)) or key is None:
        raise InvalidAPIKey
    _refuse_ended(key)
    if key.allowed_networks and not is_within(address, key.allowed_networks):
        raise AddressNotAllowed
    _note_use(key)
    return key


def use_api_key(key: APIKey) -> APIKey:
    """Return the key of somebody whom something else has vouched for.

    Raises RevokedAPIKey and ExpiredAPIKey.
    """
    _refuse_ended(key)
    _note_use(key)
    return key


def _row_of(lookup: str) -> APIKey | None:
    return APIKey.objects.select_related("tenant").filter(lookup=lookup).first()


def working_api_key(api_key_id: UUID) -> APIKey:
    """Return the key, with its tenant, of somebody who has shown it before.

    Raises InvalidAPIKey, RevokedAPIKey, ExpiredAPIKey.
    """
    key = APIKey.objects.select_related("tenant").filter(pk=api_key_id).first()
    if key is None:
        raise InvalidAPIKey
    _refuse_ended(key)
    return key


def _refuse_ended(key: APIKey) -> None:
    if key.revoked_at is not None:
        raise RevokedAPIKey
    if key.expires_at is not None and key.expires_at <= timezone.now():
        raise ExpiredAPIKey


def _note_use(key: APIKey) -> None:
    now = timezone.now()
    due = now - LAST_USED_EVERY
    if key.last_used_at is not None and key.last_used_at > due:
        return
    # The condition again, in the database: of many requests at once only one writes.
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=due)
    APIKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)
    key.last_used_at = now
