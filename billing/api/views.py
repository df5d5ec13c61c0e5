"""Operations of this room: read the input, make one domain call, show the outcome."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.principal import Principal
from billing import queries
from billing.api import docs
from billing.api.bodies import (
    alert_body,
    payment_body,
    plan_body,
    spend_cap_body,
    subscription_body,
)
from billing.api.serializers import (
    AlertOut,
    AlertQuery,
    PaymentOut,
    PaymentQuery,
    PlanChangeForm,
    SpendCapForm,
)
from billing.models import Payment, UsageAlert
from billing.providers import provider_for
from billing.services.caps import set_spend_cap
from billing.services.key_budgets import set_key_cap
from billing.services.plans import offered_plans
from config.api.endpoints import Endpoint
from config.api.lists import csv_of_bodies, wants_csv
from config.api.pagination import CursorPages, Page, page_body
from config.api.shapes import Shape


class PlansView(Endpoint):
    """What can be subscribed to."""

    required_scopes: ClassVar[dict[str, tuple[str, ...]]] = {"GET": ()}

    @docs.list_plans
    def get(self, request: Request) -> Response:
        """List plans."""
        return Response({"results": [plan_body(plan) for plan in offered_plans()]})


class SubscriptionView(Endpoint):
    """The workspace's plan."""

    required_scopes = {"GET": "billing:read"}

    @docs.get_subscription
    def get(self, request: Request) -> Response:
        """Show the subscription."""
        return shown_subscription(self.principal)


class SubscriptionChangeView(Endpoint):
    """Choosing a plan."""

    required_scopes = {"POST": "billing:write"}
    refusals = {"POST": docs.CHANGE_REFUSALS}

    @docs.change_subscription
    def post(self, request: Request) -> Response:
        """Change the plan."""
        given = PlanChangeForm.read(request.data)
        url = provider_for(self.principal).change_plan(
            principal=self.principal, plan_code=given["plan"], interval=given["interval"]
        )
        return shown_subscription(self.principal, checkout_url=url)


class SubscriptionCancelView(Endpoint):
    """Going back to what is free."""

    required_scopes = {"POST": "billing:write"}
    refusals = {"POST": docs.CANCEL_REFUSALS}

    @docs.cancel_subscription
    def post(self, request: Request) -> Response:
        """Cancel the subscription."""
        provider_for(self.principal).cancel(principal=self.principal)
        return shown_subscription(self.principal)


class BillingPortalView(Endpoint):
    """Invoices and cards, at the payment provider."""

    required_scopes = {"POST": "billing:write"}
    refusals = {"POST": docs.PORTAL_REFUSALS}

    @docs.open_billing_portal
    def post(self, request: Request) -> Response:
        """Open the portal."""
        return Response({"url": provider_for(self.principal).open_portal(principal=self.principal)})


class PaymentsView(Endpoint):
    """What the workspace has paid."""

    required_scopes = {"GET": "billing:read"}
    query_shapes: ClassVar[dict[str, type[Shape]]] = {"GET": PaymentQuery}

    @docs.list_payments
    def get(self, request: Request) -> HttpResponseBase:
        """List payments."""
        pages = CursorPages(limit=self.query["limit"], cursor=self.query.get("cursor"))
        found = queries.payments_for(self.principal)
        if wants_csv(request):
            return csv_of_bodies(
                found,
                payment_body,
                tenant_id=self.principal.tenant_id,
                file_name="payments.csv",
                head=tuple(PaymentOut().fields),
            )
        page: Page[Payment] = pages.page(found)
        return Response(page_body(request, page, payment_body))


class SpendCapView(Endpoint):
    """Caps on spending."""

    required_scopes = {"GET": "billing:read", "PUT": "billing:write"}
    refusals = {"PUT": docs.CAP_REFUSALS}

    @docs.get_spend_cap
    def get(self, request: Request) -> Response:
        """Show the caps."""
        return shown_caps(self.principal)

    @docs.set_spend_cap
    def put(self, request: Request) -> Response:
        """Set the workspace's cap."""
        set_spend_cap(principal=self.principal, cap=SpendCapForm.read(request.data)["cap"])
        return shown_caps(self.principal)


class KeySpendCapView(Endpoint):
    """The cap of one API key."""

    required_scopes = {"PUT": "billing:write"}

    @docs.set_key_spend_cap
    def put(self, request: Request, api_key_id: uuid.UUID) -> Response:
        """Set a key's cap."""
        cap = SpendCapForm.read(request.data)["cap"]
        set_key_cap(principal=self.principal, api_key_id=api_key_id, cap=cap)
        return shown_caps(self.principal)


class UsageAlertsView(Endpoint):
    """What the workspace was told of its allowance."""

    required_scopes = {"GET": "usage:read"}
    query_shapes: ClassVar[dict[str, type[Shape]]] = {"GET": AlertQuery}

    @docs.list_usage_alerts
    def get(self, request: Request) -> HttpResponseBase:
        """List alerts."""
        pages = CursorPages(limit=self.query["limit"], cursor=self.query.get("cursor"))
        found = queries.alerts_for(self.principal)
        if wants_csv(request):
            return csv_of_bodies(
                found,
                alert_body,
                tenant_id=self.principal.tenant_id,
                file_name="usage-alerts.csv",
                head=tuple(AlertOut().fields),
            )
        page: Page[UsageAlert] = pages.page(found)
        return Response(page_body(request, page, alert_body))


def shown_subscription(principal: Principal, checkout_url: str | None = None) -> Response:
    """Answer with the subscription as it is now."""
    subscription = queries.subscription_of(principal=principal)
    month = queries.this_month(tenant_id=principal.tenant_id)
    return Response(subscription_body(subscription, month, checkout_url))


def shown_caps(principal: Principal) -> Response:
    """Answer with the caps as they are now."""
    month = queries.this_month(tenant_id=principal.tenant_id)
    return Response(spend_cap_body(month, queries.key_caps(principal=principal, month=month)))
