"""RapidAPI as a payment provider: whatever has to do with the plan is done there, not here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Never

from billing.providers.local import LocalProvider
from billing.services.subscriptions import PlanPaidElsewhere

if TYPE_CHECKING:
    from accounts.principal import Principal

MANAGED = "RapidAPI manages the plan of this workspace, and bills it. Change it there."


class MarketplaceProvider(LocalProvider):
    """Refuses what would make a customer of RapidAPI one of ours, too."""

    name = "rapidapi"

    def change_plan(self, *, principal: Principal, plan_code: str, interval: str) -> Never:
        """Say where it is done."""
        _refuse(principal)

    def cancel(self, *, principal: Principal) -> Never:
        """Say where it is done."""
        _refuse(principal)

    def open_portal(self, *, principal: Principal) -> Never:
        """Say where it is."""
        _refuse(principal)


def _refuse(principal: Principal) -> Never:
    principal.require("billing:write")
    raise PlanPaidElsewhere(MANAGED)
