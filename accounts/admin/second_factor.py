"""Second factors and sessions, which allauth keeps: our pages instead of its own, which write
nothing down, show secrets to be changed, and look for names that our users do not have."""

from __future__ import annotations

from typing import Any

import allauth.mfa.admin  # noqa: F401 - registers first what is unregistered below
import allauth.usersessions.admin  # noqa: F401 - the same
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from accounts.admin.audited import Audited
from accounts.admin.readonly import LookOnly
from accounts.admin.user import is_within_reach

for model in (Authenticator, UserSession, Group):
    admin.site.unregister(model)


@admin.register(Authenticator)
class SecondFactorAdmin(LookOnly):
    """Who has one; taking it away lets somebody in who has lost theirs."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type", "created_at", "last_used_at")
    list_select_related = ("user",)
    search_fields = ("user__email",)
    search_help_text = "A person's e-mail address"
    fields = ("user", "type", "created_at", "last_used_at")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As for the person: only superusers touch staff."""
        permitted = request.user.has_perm("mfa.delete_authenticator")
        return permitted and is_within_reach(request, obj and obj.user)


@admin.register(UserSession)
class SessionAdmin(LookOnly):
    """Where people are signed in."""

    list_display = ("user", "created_at", "last_seen_at", "ip", "user_agent")
    list_select_related = ("user",)
    search_fields = ("user__email", "ip")
    search_help_text = "A person's e-mail address, or an address on the network"
    fields = ("user", "created_at", "last_seen_at", "ip", "user_agent")


@admin.register(Group)
class AuditedGroupAdmin(Audited, GroupAdmin):
    """What groups of staff may do."""
