"""Log-ins of programs: found, understood, ended; their tokens are nowhere to be read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest
from django.template.defaultfilters import pluralize

from accounts.admin.filters import StateFilter
from accounts.admin.readonly import LookOnly
from accounts.models import TokenGrant, User
from accounts.services.grants import end_grant_as_staff


class GrantState(StateFilter):
    """Whether nothing has ended it; a changed password is only seen when it is used."""

    states = {
        "working": Q(revoked_at__isnull=True, expires_at__gt=Now()),
        "expired": Q(revoked_at__isnull=True, expires_at__lte=Now()),
        "ended": Q(revoked_at__isnull=False),
    }


@admin.register(TokenGrant)
class TokenGrantAdmin(LookOnly):
    """Log-ins of all people."""

    list_display = (
        "person",
        "tenant",
        "user_agent",
        "ip",
        "created_at",
        "last_used_at",
        "expires_at",
        "revoked_at",
    )
    list_filter = (GrantState, "created_at")
    list_select_related = ("tenant", "membership__user")
    search_fields = ("membership__user__email", "tenant__name", "ip")
    search_help_text = "A person's e-mail address, a tenant, or an address on the network"
    actions = ("end",)
    fields = (
        "person",
        "tenant",
        "scopes",
        "user_agent",
        "ip",
        "created_at",
        "last_used_at",
        "expires_at",
        "revoked_at",
    )
    readonly_fields = ("person",)

    @admin.display(ordering="membership__user__email")
    def person(self, grant: TokenGrant) -> User:
        """Whose it is."""
        return grant.membership.user

    @admin.action(description="End selected log-ins", permissions=["change"])
    def end(self, request: HttpRequest, grants: QuerySet[TokenGrant]) -> None:
        """End them, with all their tokens."""
        actor: Any = request.user
        ended = [
            grant
            for grant in grants.select_related("membership__user")
            if end_grant_as_staff(actor=actor, grant=grant)
        ]
        for grant in ended:
            self.log_change(request, grant, "Ended.")
        count = len(ended)
        self.message_user(request, f"{count} log-in{pluralize(count)} ended.", messages.SUCCESS)
