"""What staff change by hand goes into the audit log, in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from accounts.admin.estimating import EstimatingPaginator
from accounts.models import AuditAction, Membership, Tenant, User
from accounts.services.audit import record, tenants_of


class Audited(admin.ModelAdmin):
    """Every addition, change and deletion is written down with what Django tells of it."""

    paginator = EstimatingPaginator
    show_full_result_count = False

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Write that it was added, for Django's history too."""
        _write(request, AuditAction.ADMIN_ADDED, [obj], message)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Write that it was changed, or acted upon."""
        _write(request, AuditAction.ADMIN_CHANGED, [obj], message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Write that they are being deleted."""
        _write(request, AuditAction.ADMIN_DELETED, queryset, [])
        return super().log_deletions(request, queryset)

    def response_action(self, request: HttpRequest, *args: Any, **options: Any) -> Any:
        """Delete all that were chosen, and write it down, or none.

        Other actions call services, each with a transaction of its own: in one they would hold the
        log of one tenant while they wait for rows that somebody holds who waits for the log.
        """
        deletes = request.POST.get("action") == "delete_selected"
        with transaction.atomic() if deletes else nullcontext():
            return super().response_action(request, *args, **options)


def _write(request: HttpRequest, action: AuditAction, objects: Iterable[Model], told: Any) -> None:
    actor: Any = request.user
    places = [(tenant_id, obj) for obj in objects for tenant_id in _tenants_of(obj)]
    with transaction.atomic():
        # In the tenants' order: no two wait for each other.
        for tenant_id, obj in sorted(places, key=lambda place: str(place[0])):
            record(
                tenant_id=tenant_id,
                actor=actor,
                action=action,
                subject=f"{obj._meta.model_name}:{obj.pk}",
                details={"told": told, **_person_in(obj)},
            )


def _tenants_of(obj: Any) -> list[UUID | None]:
    """Return whose logs tell of ``obj``: of a person, and what is theirs, all their tenants'."""
    if isinstance(obj, Tenant):
        return [obj.pk]
    if hasattr(obj, "tenant_id"):
        return [obj.tenant_id]
    person = obj if isinstance(obj, User) else getattr(obj, "user", None)
    return tenants_of(person) if isinstance(person, User) else [None]


def _person_in(obj: Any) -> dict[str, str]:
    """Return whose it is, and for a membership which role they have."""
    whose = {"user": str(obj.user_id)} if hasattr(obj, "user_id") else {}
    return {**whose, "role": obj.role} if isinstance(obj, Membership) else whose
