"""Forms of this room's pages."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from accounts.models import APIKey
from accounts.principal import Principal
from billing.models import BillingDetails, Interval
from billing.money import digits, in_minor_units, in_units, sign
from billing.services.billing_details import ADDRESS_LINES_MAX, change_billing_details
from billing.services.caps import CAP_MAX, set_spend_cap
from billing.services.invoicing import BUYER
from billing.services.key_budgets import set_key_cap


class PlanForm(forms.Form):
    """Which plan, and for what term."""

    plan = forms.SlugField(max_length=32)
    interval = forms.ChoiceField(choices=Interval.choices)


class SpendCapForm(forms.Form):
    """The most that pages beyond the included ones may cost."""

    cap = forms.DecimalField(required=False)

    def __init__(
        self, *args: Any, currency: str, present: int | None = None, **kwargs: Any
    ) -> None:
        self.currency = currency
        shown = None if present is None else in_units(present, currency)
        super().__init__(*args, **{"initial": {"cap": shown}, **kwargs})
        self.fields["cap"] = forms.DecimalField(
            label=f"Cap a month, in {sign(currency).strip()}",
            required=False,
            min_value=Decimal(0),
            max_value=in_units(CAP_MAX, currency),
            decimal_places=digits(currency),
            help_text="Empty: no cap.",
        )

    def amount(self) -> int | None:
        """Return the cap in minor units."""
        cap = self.cleaned_data["cap"]
        return None if cap is None else in_minor_units(cap, self.currency)

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
        if self.amount() is None:
            return f"{key.name} has no cap any more."
        return f"The cap of {key.name} is saved."


class DetailsForm(forms.Form):
    """To whom invoices are addressed."""

    name = forms.CharField(
        max_length=200,
        required=False,
        help_text="Of the company or person that pays. Empty: the workspace’s name.",
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    address = forms.CharField(
        max_length=500,
        required=False,
        help_text=f"At most {ADDRESS_LINES_MAX} lines.",
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "street-address"}),
    )
    tax_id = forms.CharField(label="Tax number", max_length=40, required=False)
    email = forms.EmailField(
        label="Mail address",
        max_length=254,
        required=False,
        help_text="Is sent every invoice, beside owners and billing.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    @classmethod
    def of(cls, details: BillingDetails) -> DetailsForm:
        """Return the form with what is there."""
        return cls(initial={name: getattr(details, name) for name in (*BUYER, "version")})

    def save(self, principal: Principal) -> None:
        """Change the details. Raises DetailsChanged and Invalid."""
        changes = {name: self.cleaned_data[name] for name in BUYER}
        seen = {self.cleaned_data["version"]}
        change_billing_details(principal=principal, changes=changes, seen=seen)


class UsageForm(forms.Form):
    """Which days, and what belongs together."""

    since = forms.DateField(
        label="From", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label="To", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    group_by = forms.ChoiceField(
        label="By",
        required=False,
        choices=[
            ("day", "Day"),
            ("operation", "Operation"),
            ("key", "API key"),
            ("member", "Member"),
        ],
    )
    metric = forms.ChoiceField(
        label="Show",
        required=False,
        choices=[("pages", "Pages"), ("documents", "Documents"), ("bytes", "Data")],
    )

    @property
    def shown(self) -> str:
        """Which metric the chart shows."""
        return str(self.cleaned_data.get("metric", "pages"))
