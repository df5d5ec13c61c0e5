"""Shapes of people, members, invitations and the workspace itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from accounts.models import Role
from accounts.services.default_marks import mark_rules
from accounts.services.tenants import NAME_LENGTH, RETENTION_DAYS_MOST, mark_problems
from config.api.json_fields import JsonInteger
from config.api.shapes import Shape, not_an_object
from config.errors import Invalid

VERSION_MAX = 2**31 - 1
PERSON_NAME_LENGTH = 120
STATUSES = ["active", "invited"]


@extend_schema_field({"type": "string", "format": "email", "maxLength": 254, "minLength": 3})
class AddressField(serializers.EmailField):
    """An e-mail address, in lower case from here on."""

    def __init__(self, **how: Any) -> None:
        super().__init__(max_length=254, **how)

    def to_internal_value(self, data: Any) -> str:
        """Return the address as it is kept."""
        return str(super().to_internal_value(data)).lower()


class UserCreate(Shape):
    """Somebody who shall work in the workspace."""

    name = serializers.CharField(max_length=PERSON_NAME_LENGTH)
    email = AddressField(help_text="Upper and lower case are the same.")
    role = serializers.ChoiceField(choices=Role.choices, default=Role.MEMBER.value)


class UserUpdate(Shape):
    """What one may change of oneself."""

    name = serializers.CharField(max_length=PERSON_NAME_LENGTH)


@extend_schema_serializer(component_name="User")
class UserOut(serializers.Serializer[Any]):
    """A person in the workspace, or invited to it."""

    id = serializers.UUIDField()
    name = serializers.CharField(allow_blank=True)
    email = serializers.EmailField()
    role = serializers.ChoiceField(choices=Role.choices)
    status = serializers.ChoiceField(choices=STATUSES)
    created_at = serializers.DateTimeField(help_text="When they joined, or were invited.")


class MemberUpdate(Shape):
    """Another role."""

    role = serializers.ChoiceField(choices=Role.choices)


@extend_schema_serializer(component_name="MemberList")
class MemberList(serializers.Serializer[Any]):
    """All members, the first to join first."""

    results = UserOut(many=True)


class InvitationCreate(Shape):
    """Whom to invite, and as what."""

    email = AddressField()
    role = serializers.ChoiceField(choices=Role.choices, default=Role.MEMBER.value)


@extend_schema_serializer(component_name="Invitation")
class InvitationOut(serializers.Serializer[Any]):
    """An invitation. Its link is in the mail, and nowhere else."""

    id = serializers.UUIDField()
    email = serializers.EmailField()
    role = serializers.ChoiceField(choices=Role.choices)
    user_id = serializers.UUIDField(
        source="person_id", help_text="Where `/users/{user_id}/` tells of them."
    )
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    accepted_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)


@extend_schema_serializer(component_name="InvitationPage")
class InvitationPage(serializers.Serializer[Any]):
    """One page of invitations, newest first."""

    results = InvitationOut(many=True)
    next = serializers.URLField(allow_null=True, help_text="The next (older) page.")
    previous = serializers.URLField(allow_null=True, help_text="The previous (newer) page.")


class InvitationAccept(Shape):
    """What shows that the invitation is one's own: the mail's link, and a password."""

    token = serializers.CharField(max_length=100, help_text="The last part of the link.")
    password = serializers.CharField(
        max_length=1000,
        trim_whitespace=False,
        help_text="The account's; or, where there is none for the address, the new one's.",
    )
    otp = serializers.CharField(
        required=False, allow_blank=True, max_length=32, help_text="As for logging in."
    )
    name = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=PERSON_NAME_LENGTH,
        help_text="Of a new account.",
    )


class DefaultMarkField(serializers.JSONField):
    """Some fields of a mark; ``read_settings`` asks the room of marks about them.

    That room also says how the OpenAPI document describes it (documents/api/default_mark.py).
    """


class OrganizationUpdate(Shape):
    """What can be changed; what is left out stays."""

    name = serializers.CharField(max_length=NAME_LENGTH, required=False)
    retention_days = serializers.IntegerField(
        min_value=1,
        max_value=RETENTION_DAYS_MOST,
        required=False,
        help_text="How long results are kept.",
    )
    default_watermark = DefaultMarkField(
        required=False,
        help_text="What counts for the fields that a request and its preset leave out; `{}` for"
        " none. It is replaced as a whole, so say which version you have seen.",
    )
    version = JsonInteger(
        min_value=1,
        max_value=VERSION_MAX,
        required=False,
        help_text="The version that you have seen; or send its ETag in `If-Match`.",
    )


@extend_schema_serializer(component_name="Organization")
class OrganizationOut(serializers.Serializer[Any]):
    """The workspace."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    slug = serializers.SlugField()
    created_at = serializers.DateTimeField()
    retention_days = serializers.IntegerField(help_text="How long results are kept.")
    max_retention_days = serializers.IntegerField(help_text="The most that the plan allows.")
    default_watermark = DefaultMarkField(
        help_text="What counts for the fields that a request and its preset leave out."
    )
    spend_cap = serializers.IntegerField(
        source="monthly_spend_cap",
        allow_null=True,
        help_text="Most that further pages may cost in a month, in minor units; null: any amount."
        " `PUT /spend-cap/` sets it.",
    )
    version = serializers.IntegerField(
        source="settings_version", min_value=1, help_text="Grows with each change."
    )


def read_settings(given: object) -> dict[str, Any]:
    """Return the fields of a change; raises ``Invalid`` with every bad one."""
    values, problems = OrganizationUpdate.examine(given)
    mark = given.get("default_watermark") if isinstance(given, Mapping) else None
    if isinstance(mark, dict):
        try:
            mark_rules().check(mark)
        except Invalid as error:
            problems += [dict(each) for each in mark_problems(error).problems]
    elif mark is not None:
        problems.append(not_an_object("body", "default_watermark"))
    if problems:
        raise Invalid(problems=problems)
    return values
