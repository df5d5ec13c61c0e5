"""The plan, what of its month is used, and caps on spending."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.access import principal_required
from accounts.once import do_form_once
from billing.forms import KeyCapForm, PlanForm, SpendCapForm
from billing.models import ProviderAccount, Subscription
from billing.money import DEFAULT_CURRENCY
from billing.offers import offers
from billing.providers import PaymentUnavailable, current, provider_for
from billing.queries import alerts_for, key_caps, payments_for, subscription_of, this_month
from billing.services.marketplace import is_sold_by_marketplace
from billing.services.plans import currency_of, offered_plans
from billing.views.provider import leave_for
from config.errors import Conflict

ALERTS_SHOWN = PAYMENTS_SHOWN = 6
MUST_PAY = (Subscription.State.PAST_DUE, Subscription.State.RESTRICTED)


@principal_required("billing:read")
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Show plan, month and caps."""
    return _page(request)


@principal_required("billing:write")
@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Choose a plan."""
    principal = request.principal  # type: ignore[attr-defined] # accounts.middleware
    form = PlanForm(request.POST)
    if not form.is_valid():
        messages.warning(request, "This plan is not on offer.")
        return redirect("billing:plan")

    def work() -> dict[str, Any]:
        url = provider_for(principal).change_plan(
            principal=principal,
            plan_code=form.cleaned_data["plan"],
            interval=form.cleaned_data["interval"],
        )
        chosen = subscription_of(principal=principal)
        if url or chosen is None:
            return {"url": url, "told": "Nothing has changed."}
        follows = chosen.next_plan
        if follows is None:
            return {"told": f"Your plan is {chosen.plan.name}."}
        return {"told": f"{follows.name} follows on {chosen.term_ends_at:%-d %B %Y}."}

    return _told(request, work)


@principal_required("billing:write")
@require_POST
def cancel(request: HttpRequest) -> HttpResponse:
    """Go back to the free plan at the end of the term."""
    principal = request.principal  # type: ignore[attr-defined] # accounts.middleware

    def work() -> dict[str, Any]:
        provider_for(principal).cancel(principal=principal)
        ending = subscription_of(principal=principal)
        if ending is None or ending.term_ends_at is None:
            return {"told": "Cancelled."}
        return {"told": f"Cancelled. {ending.plan.name} ends on {ending.term_ends_at:%-d %B %Y}."}

    return _told(request, work)


@principal_required("billing:write")
@require_POST
def cap(request: HttpRequest) -> HttpResponse:
    """Set the workspace's cap."""
    currency = _currency(request)
    return _saved(request, SpendCapForm(request.POST, currency=currency), "cap_form")


@principal_required("billing:write")
@require_POST
def key_cap(request: HttpRequest) -> HttpResponse:
    """Set a key's cap."""
    principal = request.principal  # type: ignore[attr-defined] # accounts.middleware
    form = KeyCapForm(request.POST, principal=principal, currency=_currency(request))
    return _saved(request, form, "key_form")


def _told(request: HttpRequest, work: Any) -> HttpResponse:
    try:
        outcome, _ = do_form_once(request, work)
        if outcome and outcome.get("url"):
            return leave_for(request, outcome["url"])
        messages.success(request, (outcome or {})["told"])
    except (Conflict, PaymentUnavailable) as error:
        messages.warning(request, error.detail)
    return redirect("billing:plan")


def _saved(request: HttpRequest, form: Any, name: str) -> HttpResponse:
    if not form.is_valid():
        return _page(request, 422, **{name: form})
    principal = request.principal  # type: ignore[attr-defined] # accounts.middleware
    messages.success(request, form.save(principal))
    return redirect("billing:plan")


def _currency(request: HttpRequest) -> str:
    principal = request.principal  # type: ignore[attr-defined] # accounts.middleware
    return currency_of(principal.tenant_id)


def _page(request: HttpRequest, status: int = 200, **forms: Any) -> HttpResponse:
    principal = request.principal  # type: ignore[attr-defined] # accounts.middleware
    month = this_month(tenant_id=principal.tenant_id)
    may_change = principal.may("billing:write")
    subscription = subscription_of(principal=principal)
    currency = subscription.plan.currency if subscription else DEFAULT_CURRENCY
    is_elsewhere = is_sold_by_marketplace(principal.tenant_id)
    plans = [] if is_elsewhere else offered_plans()
    account = ProviderAccount.objects.visible_to(principal).first()
    context: dict[str, Any] = {
        "month": month,
        "subscription": subscription,
        "currency": currency,
        "offers": offers(plans, subscription),
        "key_caps": key_caps(principal=principal, month=month),
        "alerts": alerts_for(principal)[:ALERTS_SHOWN],
        "may_change": may_change,
        "takes_payments": current().takes_payments,
        "has_portal": account is not None and not is_elsewhere,
        "is_elsewhere": is_elsewhere,
        "pay_before": account.grace_ends_at if account else None,
        "must_pay": bool(subscription and subscription.state in MUST_PAY),
        "payments": payments_for(principal)[:PAYMENTS_SHOWN],
        "pays_there": bool(subscription and subscription.provider),
    }
    # Where nothing is sold there is nothing to cap.
    if may_change and (plans or month.page_price is not None):
        context["cap_form"] = SpendCapForm(currency=currency, present=month.spend.limit)
        context["key_form"] = KeyCapForm(principal=principal, currency=currency)
    return render(request, "billing/plan.html", context | forms, status=status)
