"""Shapes of this room: what operations take and what they answer."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from billing.models import Interval, Subscription, UsageAlert
from billing.services.caps import CAP_MAX
from config.api.pagination import PageQuery
from config.api.shapes import Shape

MONEY = "In minor units (cents)."


class PlanLimits(serializers.Serializer[Any]):
    """Limits of a plan; null: none."""

    max_file_bytes = serializers.IntegerField(min_value=1)
    max_pages = serializers.IntegerField(min_value=1, help_text="Of one document.")
    max_concurrent_uploads = serializers.IntegerField(min_value=1)
    requests_per_minute = serializers.IntegerField(allow_null=True)
    uploads_per_minute = serializers.IntegerField(allow_null=True)
    monthly_documents = serializers.IntegerField(allow_null=True)
    monthly_pages = serializers.IntegerField(allow_null=True)
    monthly_bytes = serializers.IntegerField(allow_null=True)
    max_retention_days = serializers.IntegerField(min_value=1)


@extend_schema_serializer(component_name="Plan")
class PlanOut(serializers.Serializer[Any]):
    """What can be subscribed to."""

    code = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    currency = serializers.CharField(min_length=3, max_length=3)
    monthly_price = serializers.IntegerField(
        allow_null=True, help_text=f"{MONEY} Null: not sold by itself."
    )
    yearly_price = serializers.IntegerField(allow_null=True, help_text=MONEY)
    trial_days = serializers.IntegerField(min_value=0)
    included_pages = serializers.IntegerField(allow_null=True, help_text="Null: any number.")
    page_price = serializers.IntegerField(
        allow_null=True, help_text=f"Of 1,000 further pages. {MONEY} Null: none are sold."
    )
    limits = PlanLimits()
    features = serializers.ListField(child=serializers.CharField())


class PlanList(serializers.Serializer[Any]):
    """All plans on offer, the cheapest first."""

    results = PlanOut(many=True)


class MeasureOut(serializers.Serializer[Any]):
    """One unit of a month."""

    used = serializers.IntegerField(min_value=0)
    reserved = serializers.IntegerField(min_value=0, help_text="Held by work under way.")
    limit = serializers.IntegerField(allow_null=True)


class MonthOut(serializers.Serializer[Any]):
    """The present month of usage."""

    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    documents = MeasureOut()
    pages = MeasureOut()
    bytes = MeasureOut()
    spend = MeasureOut(help_text=f"What pages beyond the included ones cost. {MONEY}")


@extend_schema_serializer(component_name="Subscription")
class SubscriptionOut(serializers.Serializer[Any]):
    """The workspace's plan. Without one `plan` and what belongs to it is null."""

    plan = serializers.CharField(allow_null=True)
    interval = serializers.ChoiceField(choices=Interval.choices, allow_null=True)
    state = serializers.ChoiceField(choices=Subscription.State.choices, allow_null=True)
    term_starts_at = serializers.DateTimeField(allow_null=True)
    term_ends_at = serializers.DateTimeField(
        allow_null=True, help_text="Null: it costs nothing and goes on."
    )
    next_plan = serializers.CharField(
        allow_null=True, help_text="What follows at the term's end, if that is another plan."
    )
    next_interval = serializers.ChoiceField(choices=Interval.choices, allow_null=True)
    checkout_url = serializers.URLField(
        allow_null=True,
        help_text="Only in the answer to a change: where somebody has to pay before it comes.",
    )
    period = MonthOut()


@extend_schema_serializer(component_name="BillingPortal")
class PortalOut(serializers.Serializer[Any]):
    """A page of the payment provider for this workspace; it can be opened for some minutes."""

    url = serializers.URLField(allow_null=True)


@extend_schema_serializer(component_name="PlanChange")
class PlanChangeForm(Shape):
    """Which plan, and for what term."""

    plan = serializers.SlugField(max_length=32, help_text="A code of `plans/`.")
    interval = serializers.ChoiceField(choices=Interval.choices, default=Interval.MONTHLY.value)


@extend_schema_serializer(component_name="SpendCapChange")
class SpendCapForm(Shape):
    """The most that may be spent in a month."""

    cap = serializers.IntegerField(
        min_value=0, max_value=CAP_MAX, allow_null=True, help_text=f"{MONEY} Null: no cap."
    )


class KeyCapOut(serializers.Serializer[Any]):
    """What one API key may spend."""

    api_key_id = serializers.UUIDField()
    name = serializers.CharField()
    cap = serializers.IntegerField(min_value=0)
    spent = serializers.IntegerField(
        min_value=0, help_text="Its pages at the price of further pages, held ones included."
    )


@extend_schema_serializer(component_name="SpendCap")
class SpendCapOut(serializers.Serializer[Any]):
    """Caps on spending beside the plan's price, by month."""

    cap = serializers.IntegerField(allow_null=True, min_value=0, help_text=MONEY)
    spent = serializers.IntegerField(min_value=0)
    reserved = serializers.IntegerField(min_value=0, help_text="What work under way may cost.")
    keys = KeyCapOut(many=True)


class PaymentQuery(PageQuery):
    """Which payments."""


@extend_schema_serializer(component_name="Payment")
class PaymentOut(serializers.Serializer[Any]):
    """What was paid for an invoice of ours, or of the payment provider's."""

    id = serializers.UUIDField()
    invoice_id = serializers.UUIDField(allow_null=True, help_text="Null: the provider's.")
    number = serializers.CharField(help_text="The invoice's.")
    url = serializers.URLField(allow_null=True, help_text="The page of a provider's invoice.")
    currency = serializers.CharField(min_length=3, max_length=3)
    amount = serializers.IntegerField(help_text=f"{MONEY} Below 0: was paid back.")
    paid_on = serializers.DateField()
    created_at = serializers.DateTimeField(help_text="When it was written down.")


class PaymentPage(serializers.Serializer[Any]):
    """One page of payments, newest first."""

    results = PaymentOut(many=True)
    next = serializers.URLField(allow_null=True, help_text="The next (older) page.")
    previous = serializers.URLField(allow_null=True, help_text="The previous (newer) page.")


class AlertQuery(PageQuery):
    """Which alerts."""


@extend_schema_serializer(component_name="UsageAlert")
class AlertOut(serializers.Serializer[Any]):
    """A level of an allowance that was reached."""

    id = serializers.UUIDField()
    unit = serializers.ChoiceField(choices=UsageAlert.Unit.choices)
    percent = serializers.ChoiceField(choices=[50, 80, 100])
    limit = serializers.IntegerField(min_value=0)
    used = serializers.IntegerField(min_value=0)
    api_key_id = serializers.UUIDField(allow_null=True, help_text="Of `key_spend`: whose cap.")
    created_at = serializers.DateTimeField()


class AlertPage(serializers.Serializer[Any]):
    """One page of alerts, newest first."""

    results = AlertOut(many=True)
    next = serializers.URLField(allow_null=True, help_text="The next (older) page.")
    previous = serializers.URLField(allow_null=True, help_text="The previous (newer) page.")
