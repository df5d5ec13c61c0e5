"""What a payment provider does for us; the rest of the product knows no more of any."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from config.errors import DomainError, Unavailable

if TYPE_CHECKING:
    from accounts.principal import Principal


class PaymentUnavailable(Unavailable):
    """The provider does not answer, or not as it should. Nothing was changed on our side."""

    code = "payment_unavailable"
    message = "The payment service does not answer at the moment. Please try again in a minute."
    retry_after_seconds = 30


class BadProviderEvent(DomainError):
    """What came to the inbox is not signed by the provider, or not an event."""

    code = "bad_request"
    status = 400
    message = "This is not an event that we can take."


class Provider(Protocol):
    """The doors to a payment provider. Addresses that are returned are pages of its own."""

    name: str
    #: Whether tenants pay there, so that pages speak of payments.
    takes_payments: bool

    def change_plan(self, *, principal: Principal, plan_code: str, interval: str) -> str | None:
        """Choose a plan for a term (start the checkout where there is something to pay).

        Returns the page to pay on; None when nothing is to be paid there: then the plan has
        changed, or follows. Raises what ``services.subscriptions.change_plan`` does, and
        PaymentUnavailable.
        """

    def cancel(self, *, principal: Principal) -> None:
        """Go back to the free plan at the end of the term. Raises NoSubscription."""

    def open_portal(self, *, principal: Principal) -> str | None:
        """Return the page on which a tenant sees its invoices and changes how it pays.

        None where there was never anything to pay. Raises PaymentUnavailable.
        """

    def refresh(self, *, principal: Principal) -> bool:
        """Have what the tenant has there looked at soon: somebody comes back from its pages.

        Asks nobody. Returns whether somebody will look.
        """

    def receive(self, *, body: bytes, signature: str) -> None:
        """Take a webhook in. Raises BadProviderEvent, and Missing where there are none."""

    def work_off(self) -> int:
        """Do what waits: events to follow, reports to send. Returns how much was done."""

    def meter(self) -> int:
        """Write down what further pages cost that the provider does not know of yet."""
