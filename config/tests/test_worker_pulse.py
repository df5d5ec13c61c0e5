"""A worker's pulse: there while it runs, gone when it ends as it should."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Pulse
from config.worker_pulse import WorkerPulse


@pytest.mark.django_db(transaction=True)
def test_a_worker_tells_that_it_lives_until_it_ends() -> None:
    pulse = WorkerPulse(seconds=0.05)
    pulse.begin()
    deadline = timezone.now() + timedelta(seconds=20)
    while not Pulse.objects.exists() and timezone.now() < deadline:
        pass
    assert Pulse.objects.get().kind == "worker"
    pulse.end()
    assert not Pulse.objects.exists()
