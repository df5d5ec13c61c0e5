"""People, who log in with an e-mail address."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.http import HttpRequest

from accounts.admin.audited import Audited
from accounts.models import Membership, User
from accounts.services.people import change_email

POWERS = ("is_staff", "is_superuser", "groups", "user_permissions")


class NewUserForm(AdminUserCreationForm):
    """Address, name, and a password or none."""

    class Meta:
        model = User
        fields = ("email", "name")


class ChangedUserForm(UserChangeForm):
    """Everything but the password, which has a form of its own."""

    class Meta:
        model = User
        fields = "__all__"  # noqa: DJ007 - the admin's fieldsets choose


class MembershipInline(admin.TabularInline):
    """Where somebody belongs."""

    model = Membership
    extra = 0
    autocomplete_fields = ("tenant",)


@admin.register(User)
class UserAdmin(Audited, DjangoUserAdmin):
    """People of all tenants, and staff."""

    form = ChangedUserForm
    add_form = NewUserForm
    ordering = ("email",)
    list_display = ("email", "name", "is_active", "is_staff", "last_login", "created_at")
    list_filter = ("is_active", "is_staff", "created_at")
    search_fields = ("email", "name")
    inlines = (MembershipInline,)
    readonly_fields = ("last_login", "created_at")
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        ("Access", {"fields": ("is_active", *POWERS)}),
        ("Dates", {"fields": ("last_login", "created_at")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": ("email", "name", "usable_password", "password1", "password2"),
            },
        ),
    )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only superusers change staff: who sets somebody's password can be that person."""
        return is_within_reach(request, obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As for changes."""
        return is_within_reach(request, obj) and super().has_delete_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Only superusers hand out powers; else any editor of people could take them."""
        shown = super().get_readonly_fields(request, obj)
        return shown if request.user.is_superuser else (*shown, *POWERS)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Save; a changed address stops being good for logging in."""
        if change and "email" in form.changed_data:
            change_email(user=obj)
        else:
            super().save_model(request, obj, form, change)


def is_within_reach(request: HttpRequest, person: User | None) -> bool:
    asking: Any = request.user
    has_powers = person is not None and (person.is_staff or person.is_superuser)
    return bool(asking.is_superuser) or not has_powers
