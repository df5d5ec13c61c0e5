"""No provider: plans change when they are chosen, and whoever runs the server bills by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from billing.services.subscriptions import cancel_subscription, change_plan
from config.errors import Missing

if TYPE_CHECKING:
    from accounts.principal import Principal


class LocalProvider:
    """Complete without any outside service."""

    name = "local"
    takes_payments = False

    def change_plan(self, *, principal: Principal, plan_code: str, interval: str) -> str | None:
        """Change it; there is nothing to pay anywhere."""
        change_plan(principal=principal, plan_code=plan_code, interval=interval)
        return None

    def cancel(self, *, principal: Principal) -> None:
        """Let the free plan follow."""
        cancel_subscription(principal=principal)

    def open_portal(self, *, principal: Principal) -> str | None:
        """Say that there is none."""
        principal.require("billing:write")
        return None

    def refresh(self, *, principal: Principal) -> bool:
        """Do nothing: all is here."""
        return False

    def receive(self, *, body: bytes, signature: str) -> None:
        """Say that there is no such inbox."""
        raise Missing

    def work_off(self) -> int:
        """Do nothing."""
        return 0

    def meter(self) -> int:
        """Do nothing: the ledger is here."""
        return 0
