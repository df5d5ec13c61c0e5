"""The forms of a workspace's settings."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.models import Tenant
from accounts.services.tenants import NAME_LENGTH

NONE = "none"


class WorkspaceForm(forms.Form):
    """What to call the workspace, and how long copies are kept."""

    name = forms.CharField(max_length=NAME_LENGTH)

    def __init__(self, *args: Any, tenant: Tenant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        most = tenant.max_retention_days
        self.fields["retention_days"] = forms.IntegerField(
            min_value=1,
            max_value=most,
            label="Days that marked copies are kept",
            help_text=f"At most {most} in your plan. Originals stay until they are deleted.",
        )


class DefaultMarkForm(forms.Form):
    """From which preset the workspace's default mark is taken; NONE: there is no such mark.

    Nothing is chosen at first, so that a click too many takes no mark away.
    """

    preset = forms.ChoiceField(
        label="Take it from a preset",
        help_text="As the preset is now: what becomes of it later does not change the default.",
    )

    def __init__(self, *args: Any, presets: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["preset"]
        choice.choices = [("", "Choose one"), *presets, (NONE, "No default mark")]
