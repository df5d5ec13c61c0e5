"""Receivers on this machine may be asked, here as in `make run`."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from accounts.outgoing.networks import read_networks


@pytest.fixture(autouse=True)
def loopback_is_trusted(settings: Settings) -> None:
    settings.WEBHOOK_TRUSTED_NETWORKS = read_networks(["127.0.0.0/8", "::1/128"])
    settings.WEBHOOK_TIMEOUT_SECONDS = 2
