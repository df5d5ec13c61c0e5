"""Forms of this room's pages."""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import APIKey, Role, User
from accounts.principal import SCOPES, Principal
from accounts.services.invitations import AlreadyMember, invite
from accounts.services.key_changes import create_api_key
from accounts.services.tenants import NAME_LENGTH
from config.errors import Invalid

USUAL_SCOPES = ("documents:read", "documents:write", "jobs:read", "jobs:write")


class SignupDetails(forms.Form):
    """What sign-up asks beside address and password (``ACCOUNT_SIGNUP_FORM_CLASS``)."""

    name = forms.CharField(
        label="Your name",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    workspace = forms.CharField(
        label="Workspace name",
        max_length=NAME_LENGTH,
        help_text="Your company or team.",
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    field_order = ("name", "workspace", "email", "password1")

    def signup(self, request: HttpRequest, user: User) -> None:
        """Do nothing: allauth asks for this method, but the adapter has used the fields."""


class APIKeyForm(forms.Form):
    """A new API key, of at most what its maker may do."""

    name = forms.CharField(max_length=120, help_text="Which program will use it?")
    environment = forms.ChoiceField(
        choices=APIKey.Environment.choices, initial="live", widget=forms.RadioSelect
    )
    scopes = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple, initial=USUAL_SCOPES, label="May"
    )
    valid_days = forms.TypedChoiceField(
        label="Valid",
        choices=[("", "Until revoked"), ("30", "30 days"), ("90", "90 days"), ("365", "1 year")],
        coerce=int,
        empty_value=None,
        required=False,
    )

    allowed_networks = forms.CharField(
        label="Only from",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false", "autocomplete": "off"}),
        help_text="Networks or addresses, one a line: 203.0.113.0/24. Empty: from anywhere.",
    )

    def __init__(self, *args: Any, principal: Principal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._principal = principal
        self.fields["scopes"].choices = [  # type: ignore[attr-defined] # a choice field
            (scope, sentence) for scope, sentence in SCOPES.items() if principal.may(scope)
        ]

    def save(self) -> str | None:
        """Return the new key's text; None when it was refused, with the reasons as errors."""
        given = self.cleaned_data
        try:
            _, text = create_api_key(
                principal=self._principal,
                name=given["name"],
                environment=given["environment"],
                scopes=given["scopes"],
                expires_at=_expiry(given["valid_days"]),
                allowed_networks=given["allowed_networks"].replace(",", " ").split(),
            )
        except Invalid as error:
            for problem in error.problems:
                self.add_error(_field_of(problem, self.fields), problem["msg"])
            return None
        return text


class RotationForm(forms.Form):
    """How long a key goes on beside its successor."""

    overlap_hours = forms.TypedChoiceField(
        label="The old key works for",
        choices=[
            ("1", "1 more hour"),
            ("24", "1 more day"),
            ("168", "7 more days"),
            ("0", "no longer"),
        ],
        coerce=int,
        initial="24",
    )


class InvitationForm(forms.Form):
    """Whom to invite, and as what."""

    email = forms.EmailField(label="Email", max_length=254)
    role = forms.ChoiceField(initial=Role.MEMBER.value)

    def __init__(self, *args: Any, principal: Principal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._principal = principal
        self.fields["role"].choices = [  # type: ignore[attr-defined] # a choice field
            each for each in Role.choices if each[0] != Role.OWNER or principal.role == Role.OWNER
        ]

    def save(self) -> bool:
        """Invite; False when it was refused, with the reason as an error."""
        try:
            invite(principal=self._principal, **self.cleaned_data)
        except AlreadyMember as error:
            self.add_error("email", error.detail)
            return False
        return True


class JoinForm(forms.Form):
    """A new person's name and password."""

    name = forms.CharField(
        label="Your name",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = forms.CharField(
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=password_validators_help_text_html(),
    )


def _field_of(problem: Mapping[str, Any], fields: Container[str]) -> str | None:
    name = str(problem["loc"][1]) if len(problem["loc"]) > 1 else ""
    return name if name in fields else None


def _expiry(valid_days: int | None) -> datetime | None:
    return timezone.now() + timedelta(days=valid_days) if valid_days else None
