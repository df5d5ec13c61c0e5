"""System checks of this room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.urls import get_resolver

from accounts.outgoing.networks import Network, read_networks

# Never another machine of the operator's: this one, and what clouds answer their machines' secrets
# from.
OWN_NETWORKS = read_networks(["127.0.0.0/8", "::1/128", "169.254.0.0/16", "fe80::/10"])


@register(Tags.security)
def operations_declare_scopes(
    app_configs: Sequence[AppConfig] | None, **_: Any
) -> list[CheckMessage]:
    """E010: an operation without declared scopes would refuse everybody, or worse be open."""
    # Not at the top: workers and commands that skip the checks need no part of DRF.
    from accounts.api.declarations import undeclared

    return [
        Error(
            f"{view.__module__}.{view.__qualname__}: {method} declares no known scope.",
            hint='required_scopes = {"GET": "documents:read"}; () lets every principal in.',
            id="countermark.E010",
        )
        for view, method in undeclared(get_resolver().url_patterns)
    ]


@register(Tags.security)
def webhooks_reach_the_internet_only(
    app_configs: Sequence[AppConfig] | None, **_: Any
) -> list[CheckMessage]:
    """E061: customers could reach this server itself; W061: or networks that are not public.

    Where the service is public, that is: a laptop may.
    """
    if not settings.SECURE:
        return []
    trusted = settings.WEBHOOK_TRUSTED_NETWORKS
    if any(_overlap(network, own) for network in trusted for own in OWN_NETWORKS):
        return [
            Error(
                "COUNTERMARK_WEBHOOK_TRUSTED_NETWORKS lets customers reach this server's own"
                " services, or its cloud's secrets.",
                hint="Take loopback and link-local networks out of it.",
                id="countermark.E061",
            )
        ]
    return [
        Warning(
            f"Customers' webhooks can reach {network}, any port, without TLS.",
            hint="COUNTERMARK_WEBHOOK_TRUSTED_NETWORKS; leave it empty unless that is meant.",
            id="countermark.W061",
        )
        for network in trusted
    ]


def _overlap(one: Network, other: Network) -> bool:
    return one.version == other.version and one.overlaps(other)


@register(Tags.security)
def marketplace_secrets_are_long(
    app_configs: Sequence[AppConfig] | None, **_: Any
) -> list[CheckMessage]:
    """E011: whoever guesses the secret of RapidAPI's proxy is every customer that it has."""
    if all(len(secret) >= 16 for secret in settings.RAPIDAPI_SECRETS):
        return []
    hint = "Take the one that RapidAPI shows under Gateway → Firewall."
    message = "COUNTERMARK_RAPIDAPI_SECRET has fewer than 16 characters."
    return [Error(message, hint=hint, id="countermark.E011")]
