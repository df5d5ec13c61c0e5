"""billing: what you may use and what it costs."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class BillingConfig(AppConfig):
    """Plans, subscriptions, the usage ledger."""

    name = "billing"

    def ready(self) -> None:
        """Let tenants have plans: new ones, RapidAPI's; and new installations some to choose."""
        import billing.checks  # noqa: F401 - registers them
        from accounts.services.marketplace import on_subscription
        from accounts.services.tenants import on_creation
        from billing.services.marketplace import follow_marketplace
        from billing.services.plans import ensure_plans
        from billing.services.subscriptions import begin_subscription

        post_migrate.connect(ensure_plans, sender=self)
        on_creation(begin_subscription)
        on_subscription(follow_marketplace)
