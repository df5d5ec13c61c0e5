"""The ledger as staff see it: nothing in it is ever changed, only put right."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from accounts.admin.audited import Audited
from accounts.admin.readonly import LookOnly
from billing.models import KeyBudget, Quota, UsageAlert, UsageRecord
from billing.services.usage import adjust_usage
from config.errors import Invalid


@admin.register(Quota)
class QuotaAdmin(LookOnly):
    """What tenants have used of their months; the limits are on the tenant."""

    list_display = (
        *("starts_at", "ends_at", "tenant", "documents_used", "documents_reserved"),
        *("pages_used", "pages_reserved", "included_pages", "closed_at", "billed"),
    )
    list_filter = ("starts_at",)
    list_select_related = ("tenant",)
    search_fields = ("tenant__name", "tenant__slug")
    search_help_text = "Tenant"


class AdjustmentForm(forms.ModelForm):
    """Putting this month's use right: the same unit, more or less than nothing, and why."""

    class Meta:
        model = UsageRecord
        fields = ("tenant", "metric", "quantity", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].required = True

    def clean(self) -> dict[str, Any]:
        """Adjust, so that what cannot be is said beside the form."""
        given: dict[str, Any] = super().clean() or {}
        if not self.errors:
            try:
                self.adjust(given)
            except Invalid as error:
                raise ValidationError(error.detail) from None
        return given

    def adjust(self, given: dict[str, Any]) -> None:
        """Write the adjustment, in the admin's own transaction."""
        adjustment = adjust_usage(
            actor=self.actor,
            tenant=given["tenant"],
            quantities={given["metric"]: given["quantity"]},
            reason=given["note"],
        )
        self.instance = UsageRecord.objects.get(source=f"adjustment:{adjustment}")

    actor: Any = None


@admin.register(UsageRecord)
class UsageRecordAdmin(Audited):
    """What was used, newest first. Nothing is changed; adjustments are rows of their own."""

    form = AdjustmentForm
    autocomplete_fields = ("tenant",)
    list_display = ("occurred_at", "tenant", "metric", "quantity", "source")
    list_filter = ("metric", "occurred_at")
    list_select_related = ("tenant",)
    search_fields = ("source", "tenant__name", "tenant__slug")
    search_help_text = "Source (job:…) or tenant"

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Tell the form who adjusts."""
        form = super().get_form(request, *args, **kwargs)
        return type("Adjustment", (form,), {"actor": request.user})

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Do nothing: the form has written it."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The ledger is never changed."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """And nothing is taken out of it."""
        return False


@admin.register(UsageAlert)
class UsageAlertAdmin(LookOnly):
    """What tenants were told."""

    list_display = ("created_at", "tenant", "unit", "percent", "used", "limit", "mailed_at")
    list_filter = ("unit", "percent")
    list_select_related = ("tenant",)


@admin.register(KeyBudget)
class KeyBudgetAdmin(LookOnly):
    """What tenants let their keys spend."""

    list_display = ("api_key", "tenant", "cap", "pages")
    list_select_related = ("tenant", "api_key")
