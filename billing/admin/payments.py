"""What the payment provider knows of tenants and has told us: to look at, and to try again."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import admin
from django.contrib.admin.models import ADDITION, LogEntry
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from accounts.admin.audited import Audited
from accounts.admin.readonly import LookOnly
from billing.models import MeterReport, Payment, ProviderAccount, ProviderEvent, ProviderPrice
from billing.services.payments import record_payment
from billing.services.provider_queue import look_again, report_again
from config.errors import Invalid


class Retried(LookOnly):
    """A list whose rows can be tried again, which changes none by hand."""

    actions = ("try_again",)


@admin.register(ProviderAccount)
class ProviderAccountAdmin(Retried):
    """Whose customer is whose."""

    list_display = (
        *("tenant", "provider", "customer_id", "subscription_id", "status"),
        *("looked_at", "failures", "last_error"),
    )
    list_filter = ("provider", "status")
    list_select_related = ("tenant",)
    search_fields = ("customer_id", "subscription_id", "tenant__name", "tenant__slug")

    @admin.action(description="Look at it again", permissions=["change"])
    def try_again(self, request: HttpRequest, queryset: Any) -> None:
        """Look at what these have there, now."""
        count = look_again(customers=list(queryset.values_list("customer_id", flat=True)))
        self.message_user(request, f"{count} will be looked at within seconds.")


@admin.register(ProviderEvent)
class ProviderEventAdmin(Retried):
    """The inbox. Of what was said only ids are kept; the account tells what is so."""

    list_display = ("received_at", "type", "state", "customer_id", "object_id", "note")
    list_filter = ("state", "provider", "type")
    search_fields = ("id", "customer_id", "object_id")
    show_full_result_count = False

    @admin.action(description="Look at their customers again", permissions=["change"])
    def try_again(self, request: HttpRequest, queryset: Any) -> None:
        """Look at what the customers of these have there, now."""
        count = look_again(customers=list(queryset.values_list("customer_id", flat=True)))
        self.message_user(request, f"{count} will be looked at within seconds.")


@admin.register(MeterReport)
class MeterReportAdmin(Retried):
    """What further pages cost, as it was told to the provider."""

    list_display = (
        *("created_at", "tenant", "spent_before", "spent_after"),
        *("attempts", "sent_at", "failed_at", "last_error"),
    )
    list_filter = ("sent_at", "failed_at")
    list_select_related = ("tenant",)
    search_fields = ("tenant__name", "tenant__slug")
    show_full_result_count = False

    @admin.action(description="Send again what has failed", permissions=["change"])
    def try_again(self, request: HttpRequest, queryset: Any) -> None:
        """Send them, once somebody has seen at the provider that it has not counted them."""
        count = report_again(reports=list(queryset.values_list("pk", flat=True)))
        self.message_user(request, f"{count} will be sent within seconds.")


class PaymentForm(forms.ModelForm):
    """What came in for an invoice, and when; sent twice, it is recorded once."""

    once = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4, required=False)

    class Meta:
        model = Payment
        fields = ("invoice", "amount", "paid_on", "reference")

    actor: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["invoice"].required = True

    def clean(self) -> dict[str, Any]:
        """Record it, so that what does not fit is said beside the form."""
        given: dict[str, Any] = super().clean() or {}
        if not self.errors:
            try:
                self.instance = record_payment(actor=self.actor, **given)
            except Invalid as error:
                raise ValidationError(error.detail) from None
        return given

    def _post_clean(self) -> None:
        """Leave the row to the service."""


@admin.register(Payment)
class PaymentAdmin(Audited):
    """What was paid: recorded here for invoices of ours, copied from the provider for its own."""

    form = PaymentForm
    list_display = ("paid_on", "tenant", "number", "amount", "currency", "provider", "reference")
    list_filter = ("provider", "paid_on")
    list_select_related = ("tenant",)
    raw_id_fields = ("invoice",)
    search_fields = ("number", "reference", "tenant__name", "tenant__slug")
    show_full_result_count = False

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Tell the form who records."""
        form = super().get_form(request, *args, **kwargs)
        return type("Recording", (form,), {"actor": request.user})

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Do nothing: the form has written it."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Write it for Django's history, once; the service has written it into the audit log."""
        if LogEntry.objects.filter(object_id=str(obj.pk), action_flag=ADDITION).exists():
            return None
        return admin.ModelAdmin.log_addition(self, request, obj, message)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was recorded wrong is put right by another row."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """And nothing is taken out."""
        return False


@admin.register(ProviderPrice)
class ProviderPriceAdmin(LookOnly):
    """Which price there is which of ours (``manage.py publish_prices``)."""

    list_display = ("id", "plan", "interval", "currency", "amount", "is_current")
    list_filter = ("plan", "interval", "is_current")
