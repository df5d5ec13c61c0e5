"""What an operator is told of networks that webhooks may reach."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from accounts.checks import webhooks_reach_the_internet_only
from accounts.outgoing.networks import read_networks


@pytest.mark.parametrize(
    ("networks", "is_secure", "found"),
    [
        ([], True, []),
        (["127.0.0.0/8", "::1/128"], False, []),
        (["127.0.0.0/8"], True, ["countermark.E061"]),
        (["::1/128"], True, ["countermark.E061"]),
        (["169.254.169.254/32"], True, ["countermark.E061"]),
        (["0.0.0.0/0"], True, ["countermark.E061"]),
        (["10.20.0.0/16"], True, ["countermark.W061"]),
    ],
)
def test_trust_is_told(
    networks: list[str], is_secure: bool, found: list[str], settings: Settings
) -> None:
    settings.WEBHOOK_TRUSTED_NETWORKS, settings.SECURE = read_networks(networks), is_secure
    assert [each.id for each in webhooks_reach_the_internet_only(None)] == found
