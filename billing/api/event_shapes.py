"""What the data of this room's events holds (billing/event_types.py names these)."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from billing.models import Interval, Invoice, Subscription, UsageAlert


class ThresholdReached(serializers.Serializer[Any]):
    """A level of an allowance that was reached."""

    id = serializers.UUIDField()
    unit = serializers.ChoiceField(choices=UsageAlert.Unit.choices)
    percent = serializers.IntegerField(help_text="50, 80 or 100.")
    limit = serializers.IntegerField(min_value=0, help_text="Of spending in minor units.")
    used = serializers.IntegerField(min_value=0)
    api_key_id = serializers.UUIDField(allow_null=True, help_text="Of `key_spend`: whose cap.")


class SubscriptionChanged(serializers.Serializer[Any]):
    """A workspace's plan from now on."""

    id = serializers.UUIDField()
    plan = serializers.CharField()
    interval = serializers.ChoiceField(choices=Interval.choices)
    state = serializers.ChoiceField(
        choices=Subscription.State.choices,
        help_text="`past_due`: a payment has failed; `restricted`: it was not made in time, and"
        " the limits of what is free hold until it is.",
    )
    was = serializers.CharField(allow_null=True, help_text="The plan before; null: none.")


class InvoiceIssued(serializers.Serializer[Any]):
    """A document that was issued. Amounts in minor units; those of credit notes are negative."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    kind = serializers.ChoiceField(choices=Invoice.Kind.choices)
    currency = serializers.CharField(min_length=3, max_length=3)
    net = serializers.IntegerField()
    tax = serializers.IntegerField()
    total = serializers.IntegerField()
    due_on = serializers.DateField(allow_null=True, help_text="Null for credit notes.")
    credits = serializers.UUIDField(
        allow_null=True, help_text="The invoice that a credit note corrects."
    )


class InvoicePaid(serializers.Serializer[Any]):
    """An invoice of which nothing is open any more. Amounts in minor units."""

    id = serializers.UUIDField(help_text="The last payment for it.")
    invoice_id = serializers.UUIDField(allow_null=True, help_text="Null: the payment provider's.")
    number = serializers.CharField(help_text="Of the invoice.")
    currency = serializers.CharField(min_length=3, max_length=3)
    amount = serializers.IntegerField(min_value=1, help_text="Of the last payment.")
    paid_on = serializers.DateField()
