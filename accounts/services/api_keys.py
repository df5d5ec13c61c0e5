"""Making, checking and revoking API keys.

A key is ``cm_<live|test>_`` + 12 characters that find its row + 32 secret characters (190 bits)
+ 6 characters of checksum, all base62. Only an HMAC of the whole text is kept, so a copy of the
database signs nobody in; the checksum lets typing errors and scanners' garbage be refused
without a query, and lets secret scanners tell real keys from look-alikes.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
import zlib
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import APIKey, AuditAction, User
from accounts.services.audit import Actor, record
from config.errors import Forbidden, Invalid, Missing, Unauthenticated

if TYPE_CHECKING:
    from accounts.principal import Principal

log = structlog.get_logger("accounts.api_keys")

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
LOOKUP_LENGTH, SECRET_LENGTH, CHECKSUM_LENGTH = 12, 32, 6
LAST_USED_EVERY = timedelta(minutes=1)
_FORMAT = re.compile(
    rf"(cm_(?:live|test)_([0-9A-Za-z]{{{LOOKUP_LENGTH}}})[0-9A-Za-z]{{{SECRET_LENGTH}}})"
    rf"([0-9A-Za-z]{{{CHECKSUM_LENGTH}}})",
    re.ASCII,
)


class InvalidCredentials(Unauthenticated):
    """A credential was sent and does not hold."""

    code = "invalid_credentials"
    message = "The credentials are not valid."


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


class ScopeNotHeld(Forbidden):
    """Somebody tried to grant what they do not have themselves."""

    code = "scope_not_held"
    message = "You can only grant what you may do yourself."


def create_api_key(
    *,
    principal: Principal,
    name: str,
    environment: str,
    scopes: Collection[str],
    expires_at: datetime | None = None,
) -> tuple[APIKey, str]:
    """Return a new key's row and its text, which is never seen again.

    Raises Invalid, InsufficientScope, and ScopeNotHeld for scopes (or the live environment)
    that the principal lacks. The key belongs to the tenant: it outlives its creator's account.
    """
    principal.require("keys:write")
    name = name.strip()
    _refuse_nonsense(name=name, environment=environment, scopes=scopes, expires_at=expires_at)
    if lacking := set(scopes) - principal.scopes:
        raise ScopeNotHeld(f"You may not grant {', '.join(sorted(lacking))}.")
    if environment == "live" and principal.environment != "live":
        raise ScopeNotHeld("A test key cannot make live keys.")
    text, lookup = _new_text(environment)
    with transaction.atomic():
        key = APIKey.objects.create(
            tenant_id=principal.tenant_id,
            created_by_id=principal.user_id,
            name=name,
            environment=environment,
            lookup=lookup,
            secret_hmac=_digest(text),
            scopes=sorted(scopes),
            expires_at=expires_at,
        )
        _record(key, principal, AuditAction.API_KEY_CREATED, name=name, scopes=key.scopes)
    return key, text


def revoke_api_key(*, principal: Principal, api_key_id: UUID) -> APIKey:
    """Stop a key of the principal's tenant for good; again is no error. Raises Missing."""
    principal.require("keys:write")
    mine = APIKey.objects.visible_to(principal).filter(pk=api_key_id)
    with transaction.atomic():
        changed = mine.filter(revoked_at__isnull=True).update(revoked_at=Now())
        key = mine.first()
        if key is None:
            raise Missing
        if changed:
            _record(key, principal, AuditAction.API_KEY_REVOKED)
    return key


def revoke_api_key_as_staff(*, actor: User, key: APIKey) -> bool:
    """Stop a key of any tenant for good; return whether that was news."""
    with transaction.atomic():
        working = APIKey.objects.filter(pk=key.pk, revoked_at__isnull=True)
        changed = working.update(revoked_at=Now())
        if changed:
            _record(key, actor, AuditAction.API_KEY_REVOKED)
    if changed:
        log.warning("api_key_revoked_by_staff", api_key=str(key.pk), actor=str(actor.pk))
    return bool(changed)


def verify_api_key(text: str) -> APIKey:
    """Return the working key, with its tenant loaded, that ``text`` is.

    Raises InvalidAPIKey (without a query for what cannot be a key), RevokedAPIKey,
    ExpiredAPIKey. One query, and once a minute a second that notes the use.
    """
    match = _FORMAT.fullmatch(text)
    if match is None or not hmac.compare_digest(match[3], _checksum(match[1])):
        raise InvalidAPIKey
    key = APIKey.objects.select_related("tenant").filter(lookup=match[2]).first()
    # Unknown and wrong take the same path, so that neither the answer nor its time tells.
    kept = bytes(key.secret_hmac) if key else bytes(32)
    if not hmac.compare_digest(kept, _digest(text)) or key is None:
        raise InvalidAPIKey
    _refuse_ended(key)
    _note_use(key)
    return key


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


def _record(key: APIKey, actor: Actor, action: AuditAction, **details: object) -> None:
    record(
        tenant_id=key.tenant_id,
        actor=actor,
        action=action,
        subject=f"api_key:{key.pk}",
        details={"environment": key.environment, "key": key.display, **details},
    )


def _note_use(key: APIKey) -> None:
    due = timezone.now() - LAST_USED_EVERY
    if key.last_used_at is not None and key.last_used_at > due:
        return
    # The condition again, in the database: of many requests at once only one writes.
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=due)
    APIKey.objects.filter(stale, pk=key.pk).update(last_used_at=timezone.now())


def _refuse_nonsense(
    *, name: str, environment: str, scopes: Collection[str], expires_at: datetime | None
) -> None:
    checks = {
        "name": (0 < len(name) <= 120, "Give the key a name of 1–120 characters."),
        "environment": (environment in APIKey.Environment.values, "Choose live or test."),
        "scopes": (bool(scopes), "Choose at least one scope."),
        "expires_at": (
            expires_at is None or expires_at > timezone.now(),
            "The expiry must lie in the future.",
        ),
    }
    problems = [
        {"loc": ["body", field], "msg": sentence, "type": "value_error"}
        for field, (holds, sentence) in checks.items()
        if not holds
    ]
    if problems:
        raise Invalid(problems=problems)


def _new_text(environment: str) -> tuple[str, str]:
    lookup, secret = _random(LOOKUP_LENGTH), _random(SECRET_LENGTH)
    body = f"cm_{environment}_{lookup}{secret}"
    return body + _checksum(body), lookup


def _random(length: int) -> str:
    return "".join(secrets.choice(BASE62) for _ in range(length))


def _checksum(body: str) -> str:
    """Return the CRC-32 of ``body`` as six base62 digits."""
    number, digits = zlib.crc32(body.encode("ascii")), ""
    for _ in range(CHECKSUM_LENGTH):
        number, digit = divmod(number, 62)
        digits = BASE62[digit] + digits
    return digits


def _digest(text: str) -> bytes:
    pepper: str = settings.API_KEY_PEPPER
    return hmac.new(pepper.encode(), text.encode("ascii"), hashlib.sha256).digest()
