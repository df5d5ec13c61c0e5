"""accounts: who you are and how you integrate."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users, tenants, memberships, API keys, outbox."""

    name = "accounts"
