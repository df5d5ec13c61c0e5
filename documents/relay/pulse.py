"""The relay tells that it lives, in the loop in which it does everything else."""

from __future__ import annotations

from accounts.models import Pulse
from accounts.services.pulses import show_pulse


def tell_of_itself() -> int:
    """Write this relay's pulse."""
    show_pulse(kind=Pulse.Kind.RELAY)
    return 0
