"""accounts: who you are and how you integrate."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users, tenants, memberships, API keys, outbox."""

    name = "accounts"

    def ready(self) -> None:
        """Register what is registered by being imported."""
        from accounts import checks  # noqa: F401 - system checks
        from accounts.api import schema  # noqa: F401 - the schema's security schemes
