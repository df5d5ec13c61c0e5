"""accounts: who you are and how you integrate."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users, tenants, memberships, API keys, outbox."""

    name = "accounts"

    def ready(self) -> None:
        """Register the system checks (importing them is what registers them)."""
        from accounts import checks  # noqa: F401 - imported for its registrations
