"""Forms of this room's pages."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from accounts.models import APIKey
from accounts.principal import Principal
from billing.models import Interval
from billing.services.caps import set_spend_cap
from billing.services.key_budgets import set_key_cap

CAP_MAX = 10_000_000


class PlanForm(forms.Form):
    """Which plan, for how long at once."""

    plan = forms.SlugField(max_length=32)
    interval = forms.ChoiceField(choices=Interval.choices)


class SpendCapForm(forms.Form):
    """The most that pages beyond the included ones may cost."""

    cap = forms.DecimalField(
        label="Cap a month",
        required=False,
        min_value=Decimal(0),
        max_value=Decimal(CAP_MAX),
        decimal_places=2,
        help_text="In the plan's currency; empty: no cap.",
    )

    def amount(self) -> int | None:
        """Return the cap in minor units."""
        cap = self.cleaned_data["cap"]
        return None if cap is None else int(cap * 100)

    def save(self, principal: Principal) -> str:
        """Set the cap; return what to say."""
        set_spend_cap(principal=principal, cap=self.amount())
        return "The cap is saved." if self.amount() is not None else "There is no cap any more."


class KeyCapForm(SpendCapForm):
    """The same of one API key."""

    key = forms.ModelChoiceField(APIKey.objects.none(), label="API key", empty_label="Choose a key")
    field_order = ("key", "cap")

    def __init__(self, *args: Any, principal: Principal, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "auto_id": "key_%s"})
        keys = APIKey.objects.visible_to(principal).filter(revoked_at__isnull=True)
        self.fields["key"].queryset = keys  # type: ignore[attr-defined] # a model choice field

    def save(self, principal: Principal) -> str:
        """Set the cap; return what to say."""
        key = self.cleaned_data["key"]
        set_key_cap(principal=principal, api_key_id=key.pk, cap=self.amount())
        return f"The cap of {key.name} is saved."


class UsageForm(forms.Form):
    """Which days, and what belongs together."""

    since = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="To", widget=forms.DateInput(attrs={"type": "date"}))
    group_by = forms.ChoiceField(
        label="By",
        choices=[
            ("day", "Day"),
            ("operation", "Operation"),
            ("key", "API key"),
            ("member", "Member"),
        ],
    )
    metric = forms.ChoiceField(
        label="Show",
        choices=[("pages", "Pages"), ("documents", "Documents"), ("bytes", "Data")],
    )

    @property
    def shown(self) -> str:
        """Which metric the chart shows."""
        return str(self.cleaned_data.get("metric", "pages"))
