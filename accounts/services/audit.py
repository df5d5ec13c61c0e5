"""The audit log's one way in: an act is written down in the transaction that does it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from uuid import UUID

from django.db import connection, transaction

from accounts.models import AuditAction, AuditEntry, Membership, User
from config.caller import current_caller
from config.database.reach import all_tenants
from config.request_id import current_request_id

if TYPE_CHECKING:
    from accounts.principal import Principal

Actor: TypeAlias = "Principal | User | Literal['nobody'] | None"
"""Who acts: a principal, a person outside of a tenant (sign-in, staff), somebody who has not shown
who they are (nobody), or the system itself (None)."""


def record(
    *,
    tenant_id: UUID | None,
    actor: Actor,
    action: AuditAction,
    subject: str,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write that ``actor`` did ``action`` (``key.revoked``) to ``subject`` (``api_key:<uuid>``).

    Where the transaction ends, if it can be: other entries of the tenant wait from here to the
    commit, so that the chain has one order. Outside a transaction it is a RuntimeError. An entry
    cannot be taken back: ``details`` hold ids, numbers and names, never secrets or content.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"record({action!r}) needs the transaction of the act.")
    caller = current_caller()
    details = {**(details or {}), **_on_behalf(actor)}
    AuditEntry.objects.create(
        tenant_id=tenant_id,
        action=action.value,
        actor=name_of(actor),
        subject=subject,
        details=details,
        request_id=current_request_id(),
        address=caller.address,
        user_agent=caller.user_agent,
    )


@all_tenants()  # of which a person may belong to several, and to none
def record_of_person(
    *,
    person: User,
    actor: Actor,
    action: AuditAction,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write an act that concerns a person into the log of each tenant that they belong to.

    Staff and others without a tenant have the log that belongs to none.
    """
    for tenant_id in tenants_of(person):
        record(
            tenant_id=tenant_id,
            actor=actor,
            action=action,
            subject=f"user:{person.pk}",
            details=details,
        )


@all_tenants()
def record_failed_sign_in(*, email: str) -> None:
    """Write that somebody gave a wrong password for ``email``, to whom it belongs if to anybody.

    For unknown addresses too, without the address, which may be a password in the wrong field:
    else the time that it takes would tell who is known.
    """
    person = User.objects.filter(email__iexact=email).first() if email else None
    with transaction.atomic():
        if person:
            failed = AuditAction.SIGN_IN_FAILED
            record_of_person(person=person, actor="nobody", action=failed)
        else:
            record(
                tenant_id=None,
                actor="nobody",
                action=AuditAction.SIGN_IN_FAILED,
                subject="user:unknown",
            )


def _on_behalf(actor: Actor) -> dict[str, str]:
    """Return for whom staff act in a support session, beside who they are."""
    support = getattr(actor, "support", None)
    if support is None or isinstance(actor, str | User | None):
        return {}
    return {
        "support_session": str(support.session_id),
        "on_behalf_of": f"tenant:{actor.tenant_id}",
    }


def tenants_of(person: User) -> list[UUID | None]:
    """Return whose logs tell of ``person``, in one order, so that no two wait for each other."""
    places = Membership.objects.filter(user=person.pk).order_by("tenant_id")
    return list(places.values_list("tenant_id", flat=True)) or [None]


def name_of(actor: Actor) -> str:
    """Return ``user:<uuid>``, ``staff:<uuid>``, ``api_key:<uuid>``, ``nobody`` or ``system``."""
    if actor is None:
        return "system"
    if isinstance(actor, str):
        return actor
    if isinstance(actor, User):
        return f"{'staff' if actor.is_staff else 'user'}:{actor.pk}"
    if actor.support is not None:
        return f"staff:{actor.user_id}"
    if actor.api_key_id:
        return f"api_key:{actor.api_key_id}"
    return f"user:{actor.user_id}" if actor.user_id else "system"
