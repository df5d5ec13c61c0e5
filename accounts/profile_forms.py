"""Forms of the pages that are somebody's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from accounts.models import User
from accounts.services.email_changes import SameEmail, ask_email_change
from accounts.services.leaving import StaffStay, WrongEmail, delete_account
from accounts.services.members import LastOwner
from accounts.services.profile import save_profile
from accounts.services.proofs import WrongPassword
from accounts.zones import zones


class ProfileForm(forms.Form):
    """A person's name and time zone."""

    name = forms.CharField(
        label="Your name",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    time_zone = forms.ChoiceField(
        label="Time zone",
        choices=zones,
        help_text="Pages tell moments in it. The API, files and mails tell UTC.",
    )

    def save(self, user: User) -> None:
        """Keep what was given."""
        save_profile(user=user, **self.cleaned_data)


class LeavingForm(forms.Form):
    """Deleting one's account, by who knows its address and password."""

    email = forms.EmailField(
        label="Your e-mail address",
        max_length=254,
        help_text="Typed once more, so that nothing else was meant.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    password = forms.CharField(
        label="Your password",
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, given: Mapping[str, Any] | None = None) -> None:
        super().__init__(given, auto_id="leaving_%s")

    def save(self, user: User) -> bool:
        """Delete the account; False when it was refused, with the reason as an error."""
        try:
            delete_account(user=user, **self.cleaned_data)
        except WrongEmail as error:
            self.add_error("email", error.detail)
        except WrongPassword as error:
            self.add_error("password", error.detail)
        except (LastOwner, StaffStay) as error:
            self.add_error(None, error.detail)
        return not self.errors


class EmailForm(forms.Form):
    """Another e-mail address, asked for by who knows the password."""

    email = forms.EmailField(
        label="New address",
        max_length=254,
        help_text="It gets a link. Until you follow it, your present address stays.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    password = forms.CharField(
        label="Your password",
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, given: Mapping[str, Any] | None = None) -> None:
        super().__init__(given, auto_id="email_%s")  # beside another form

    def save(self, user: User) -> bool:
        """Mail the link; False when it was refused, with the reason as an error."""
        try:
            ask_email_change(user=user, **self.cleaned_data)
        except WrongPassword as error:
            self.add_error("password", error.detail)
        except SameEmail as error:
            self.add_error("email", error.detail)
        return not self.errors
