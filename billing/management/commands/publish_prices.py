"""``manage.py publish_prices``: lets the payment provider have the prices of the plans."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    """Make products, prices and the meter at Stripe, where they lack. Can be run again."""

    help = "Publish the plans' prices at the payment provider; again after prices have changed."

    def handle(self, *args: Any, **options: Any) -> None:
        """Publish."""
        if settings.PAYMENT_PROVIDER != "stripe":
            raise CommandError("COUNTERMARK_PAYMENT_PROVIDER is not stripe: nothing to publish.")
        from billing.providers.stripe.prices import publish_prices

        new = publish_prices()
        for price in new:
            self.stdout.write(f"{price}: {price.amount} {price.currency}")
        self.stdout.write(f"{len(new)} new prices")
