"""Making, changing, rotating and revoking API keys, each within what its actor may do."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Least, Now
from django.utils import timezone

from accounts.models import APIKey, AuditAction, User
from accounts.services.audit import Actor, record
from accounts.services.key_text import digest_of, new_key_text
from accounts.services.networks import are_within, read_networks
from config.errors import Conflict, Forbidden, Invalid, Missing

if TYPE_CHECKING:
    from accounts.principal import Principal

log = structlog.get_logger("accounts.api_keys")

LONGEST_OVERLAP = timedelta(days=7)
USUAL_OVERLAP = timedelta(days=1)


class ScopeNotHeld(Forbidden):
    """Somebody tried to grant what they do not have themselves."""

    code = "scope_not_held"
    message = "You can only grant what you may do yourself."


class APIKeyEnded(Conflict):
    """What is revoked, expired or already replaced is not replaced."""

    code = "api_key_ended"
    message = "This key has ended or was already rotated. Make a new one."


def create_api_key(
    *,
    principal: Principal,
    name: str,
    environment: str,
    scopes: Collection[str],
    expires_at: datetime | None = None,
    allowed_networks: Collection[str] = (),
) -> tuple[APIKey, str]:
    """Return a new key's row and its text, which is never seen again.

    Raises Invalid, InsufficientScope, and ScopeNotHeld for scopes (or the live environment, or
    networks) that the principal lacks. The key belongs to the tenant: it outlives its creator's
    account.
    """
    principal.require("keys:write")
    name = name.strip()
    networks = _checked(
        name=name,
        environment=environment,
        scopes=scopes,
        expires_at=expires_at,
        allowed_networks=allowed_networks,
    )
    _refuse_more_than_held(principal, environment, scopes, networks)
    with transaction.atomic():
        key, text = _insert(
            principal,
            name=name,
            environment=environment,
            scopes=sorted(set(scopes)),
            expires_at=expires_at,
            allowed_networks=networks,
        )
        facts = {"networks": networks} if networks else {}
        _record(key, principal, AuditAction.API_KEY_CREATED, scopes=key.scopes, **facts)
    return key, text


def change_api_key(
    *,
    principal: Principal,
    api_key_id: UUID,
    name: str | None = None,
    allowed_networks: Collection[str] | None = None,
) -> APIKey:
    """Return a key with another name or other networks; None leaves as it is.

    Raises Invalid, Missing, InsufficientScope, and ScopeNotHeld for networks of a key that may
    do more than the principal.
    """
    principal.require("keys:write")
    with transaction.atomic():
        key = _locked(principal, api_key_id)
        wanted = key.allowed_networks if allowed_networks is None else allowed_networks
        new_name = (key.name if name is None else name).strip()
        networks = _checked(name=new_name, allowed_networks=wanted)
        if networks != key.allowed_networks:
            _refuse_more_than_held(principal, key.environment, key.scopes, networks)
        if (new_name, networks) != (key.name, key.allowed_networks):
            key.name, key.allowed_networks = new_name, networks
            key.save(update_fields=["name", "allowed_networks"])
            _record(key, principal, AuditAction.API_KEY_CHANGED, networks=networks)
    return key


def rotate_api_key(
    *, principal: Principal, api_key_id: UUID, overlap: timedelta = USUAL_OVERLAP
) -> tuple[APIKey, str]:
    """Return a key that takes the place of another, and its text.

    It has the name, scopes and networks of the old one, and as long to live as that had at its
    beginning. The old one goes on for ``overlap`` (0 to LONGEST_OVERLAP), never longer than it
    would have. Raises Missing, APIKeyEnded, InsufficientScope, ScopeNotHeld.
    """
    principal.require("keys:write")
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise Invalid("The overlap must be between none and seven days.")
    with transaction.atomic():
        old = _locked(principal, api_key_id)
        working = Q(expires_at=None) | Q(expires_at__gt=Now())
        rows = APIKey.objects.filter(working, pk=old.pk, revoked_at=None, replaced_by=None)
        if not rows.exists():
            raise APIKeyEnded
        _refuse_more_than_held(principal, old.environment, old.scopes, old.allowed_networks)
        lifetime = old.expires_at and old.expires_at - old.created_at
        new, text = _insert(
            principal,
            name=old.name,
            environment=old.environment,
            scopes=old.scopes,
            expires_at=timezone.now() + lifetime if lifetime else None,
            allowed_networks=old.allowed_networks,
        )
        # LEAST of PostgreSQL passes over an empty one.
        rows.update(replaced_by=new, expires_at=Least(F("expires_at"), Now() + overlap))
        _record(new, principal, AuditAction.API_KEY_ROTATED, replaces=old.display)
    return new, text


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


def _insert(principal: Principal, *, environment: str, **fields: object) -> tuple[APIKey, str]:
    text, lookup = new_key_text(environment)
    key = APIKey.objects.create(
        tenant_id=principal.tenant_id,
        created_by_id=principal.user_id,
        environment=environment,
        lookup=lookup,
        secret_hmac=digest_of(text),
        **fields,
    )
    return key, text


def _locked(principal: Principal, api_key_id: UUID) -> APIKey:
    mine = APIKey.objects.visible_to(principal).select_for_update()
    key = mine.filter(pk=api_key_id).first()
    if key is None:
        raise Missing
    return key


def _refuse_more_than_held(
    principal: Principal, environment: str, scopes: Collection[str], networks: Collection[str]
) -> None:
    """Raise ScopeNotHeld for a key that could do more, or from elsewhere, than who makes it."""
    if lacking := set(scopes) - principal.scopes:
        raise ScopeNotHeld(f"You may not grant {', '.join(sorted(lacking))}.")
    if environment == "live" and principal.environment != "live":
        raise ScopeNotHeld("A test key cannot make live keys.")
    if principal.api_key_id is None:
        return
    mine = APIKey.objects.visible_to(principal).values_list("allowed_networks", flat=True)
    bounds = mine.filter(pk=principal.api_key_id).first()
    if bounds and not (networks and are_within(networks, bounds)):
        raise ScopeNotHeld("A key cannot open networks that it may not be used from itself.")


def _record(key: APIKey, actor: Actor, action: AuditAction, **details: object) -> None:
    record(
        tenant_id=key.tenant_id,
        actor=actor,
        action=action,
        subject=f"api_key:{key.pk}",
        details={
            "environment": key.environment,
            "key": key.display,
            "name": key.name,
            **details,
        },
    )


def _checked(
    *,
    name: str,
    allowed_networks: Collection[str],
    environment: str = "live",
    scopes: Collection[str] = ("",),
    expires_at: datetime | None = None,
) -> list[str]:
    """Return the networks in one spelling; raise Invalid with every problem of what is given."""
    networks, problems = read_networks(allowed_networks)
    checks = {
        "name": (0 < len(name) <= 120, "Give the key a name of 1–120 characters."),
        "environment": (environment in APIKey.Environment.values, "Choose live or test."),
        "scopes": (bool(scopes), "Choose at least one scope."),
        "expires_at": (
            expires_at is None or expires_at > timezone.now(),
            "The expiry must lie in the future.",
        ),
    }
    problems += [
        {"loc": ["body", field], "msg": sentence, "type": "value_error"}
        for field, (holds, sentence) in checks.items()
        if not holds
    ]
    if problems:
        raise Invalid(problems=problems)
    return networks
