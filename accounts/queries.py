"""Reading what this room knows, in the shape that somebody shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Case, Q, QuerySet, When
from django.db.models.functions import Now

from accounts.models import (
    APIKey,
    AuditAction,
    AuditEntry,
    Invitation,
    Membership,
    Tenant,
    User,
)
from accounts.models.audit import AuditEntryQuerySet
from accounts.principal import Principal
from accounts.services.people import PersonRow, row_of_member
from config.database.reach import all_tenants
from config.errors import Missing

FACTS = {"sha256": "SHA-256", "size_bytes": "Bytes", "key": "Begins with"}
NAMELESS = {"system": "Countermark", "nobody": "Somebody unknown", "staff": "Support"}


def describe_principal(principal: Principal) -> dict[str, Any]:
    """Return who ``principal`` is, with names, in two queries (what ``whoami`` shows)."""
    return {
        "kind": principal.kind,
        "tenant": Tenant.objects.values("id", "name", "slug").get(pk=principal.tenant_id),
        "user": principal.user_id
        and User.objects.values("id", "email", "name").get(pk=principal.user_id),
        "api_key": principal.api_key_id
        and APIKey.objects.values("id", "name", "expires_at", "allowed_networks").get(
            pk=principal.api_key_id
        ),
        "role": principal.role,
        "environment": principal.environment,
        "scopes": sorted(principal.scopes),
        "expires_at": principal.expires_at,
    }


def get_api_key(principal: Principal, api_key_id: UUID) -> APIKey:
    """Return a key of the principal's tenant. Raises Missing."""
    key = APIKey.objects.visible_to(principal).filter(pk=api_key_id).first()
    if key is None:
        raise Missing
    return key


@all_tenants()  # of which a person may belong to several
def places_of(person: User) -> list[Membership]:
    """Return where ``person`` is a member, with the workspaces."""
    places = Membership.objects.filter(user=person.pk).select_related("tenant")
    return list(places.order_by("created_at", "id"))


def get_tenant(principal: Principal) -> Tenant:
    """Return the principal's tenant."""
    return Tenant.objects.get(pk=principal.tenant_id)


def list_people(principal: Principal) -> list[PersonRow]:
    """Return the members of the principal's tenant, the first to join first. One query."""
    return [row_of_member(each) for each in _members(principal)]


def get_person(principal: Principal, user_id: UUID | None) -> PersonRow:
    """Return somebody of the principal's tenant, or invited there. Raises Missing.

    The id that an invitation gave leads to the person afterwards, too: who had an account has
    another.
    """
    if user_id is None:
        raise Missing
    member = _members(principal).filter(user_id=user_id).first()
    if member is not None:
        return row_of_member(member)
    invitations = Invitation.objects.visible_to(principal).filter(person_id=user_id)
    invitation = invitations.filter(revoked_at=None).first()
    if invitation is None:
        raise Missing
    if invitation.accepted_by_id is not None and invitation.accepted_by_id != user_id:
        return get_person(principal, invitation.accepted_by_id)
    if invitation.accepted_at is not None:
        raise Missing  # was a member
    return row_of_invited(invitation)


def row_of_invited(invitation: Invitation) -> PersonRow:
    """Return somebody who has not joined yet: what the invitation says, and no more."""
    return PersonRow(
        id=invitation.person_id,
        name=invitation.name,
        email=invitation.email,
        role=invitation.role,
        status="invited",
        created_at=invitation.created_at,
    )


def _members(principal: Principal) -> QuerySet[Membership]:
    mine = Membership.objects.filter(tenant_id=principal.tenant_id)
    return mine.select_related("user").order_by("created_at", "id")


def keys_shown(principal: Principal) -> QuerySet[APIKey]:
    """Return the tenant's keys, each with ``has_ended``, by the database's clock."""
    over = Q(expires_at__lte=Now()) | Q(revoked_at__isnull=False)
    ended = Case(When(over, then=True), default=False)
    return APIKey.objects.visible_to(principal).annotate(has_ended=ended)


def audit_entries_for(principal: Principal, *, action: str | None = None) -> AuditEntryQuerySet:
    """Return what the audit log of the principal's tenant holds, newest first."""
    entries = AuditEntry.objects.visible_to(principal)
    return entries.filter(action=action) if action else entries


@dataclass(frozen=True, slots=True)
class AuditLine:
    """An entry as people read it: what was done, by whom, to what, and the facts beside."""

    entry: AuditEntry
    done: str
    who: str
    what: str
    facts: Mapping[str, str]


def read_audit_entries(entries: Iterable[AuditEntry]) -> list[AuditLine]:
    """Return the entries with names of people and keys, in two queries whatever their number."""
    shown = list(entries)
    names = _names({each for entry in shown for each in (entry.actor, entry.subject)})
    done = dict(AuditAction.choices)
    return [
        AuditLine(
            entry=entry,
            done=str(done.get(entry.action, entry.action)),
            who=names.get(entry.actor, entry.actor),
            what=names.get(entry.subject, entry.subject.replace(":", " ")),
            facts={_called(name): _fact(fact) for name, fact in entry.details.items()},
        )
        for entry in shown
    ]


def _names(references: Iterable[str]) -> dict[str, str]:
    ids: dict[str, list[UUID]] = {"user": [], "api_key": []}
    names = {}
    for reference in references:
        kind, _, key = reference.partition(":")
        if kind in ids and len(key) == 36:
            ids[kind].append(UUID(key))
        elif kind in NAMELESS:
            names[reference] = NAMELESS[kind]
    people = User.objects.filter(pk__in=ids["user"]).values_list("pk", "email")
    keys = APIKey.objects.filter(pk__in=ids["api_key"]).values_list("pk", "name")
    names |= {f"user:{pk}": email for pk, email in people}
    return names | {f"api_key:{pk}": f"API key {name}" for pk, name in keys}


def _called(name: str) -> str:
    return FACTS.get(name, name.replace("_", " ").capitalize())


def _fact(fact: Any) -> str:
    return ", ".join(map(str, fact)) if isinstance(fact, list) else str(fact)
