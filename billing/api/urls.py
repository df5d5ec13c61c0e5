"""Operations of this room, for ``/api/v1/``."""

from django.urls import path

from billing.api import invoices, usage, views

urlpatterns = [
    path("plans/", views.PlansView.as_view(), name="plans"),
    path("subscription/", views.SubscriptionView.as_view(), name="subscription"),
    path(
        "subscription/change/", views.SubscriptionChangeView.as_view(), name="subscription-change"
    ),
    path(
        "subscription/cancel/", views.SubscriptionCancelView.as_view(), name="subscription-cancel"
    ),
    path("subscription/portal/", views.BillingPortalView.as_view(), name="subscription-portal"),
    path("spend-cap/", views.SpendCapView.as_view(), name="spend-cap"),
    path(
        "spend-cap/keys/<uuid:api_key_id>/", views.KeySpendCapView.as_view(), name="key-spend-cap"
    ),
    path("invoices/", invoices.InvoicesView.as_view(), name="invoices"),
    path("invoices/<uuid:invoice_id>/", invoices.InvoiceView.as_view(), name="invoice"),
    path("invoices/<uuid:invoice_id>.pdf", invoices.InvoiceFileView.as_view(), name="invoice-file"),
    path("billing-details/", invoices.BillingDetailsView.as_view(), name="billing-details"),
    path("usage/", usage.UsageView.as_view(), name="usage"),
    path("usage/ledger/", usage.LedgerView.as_view(), name="usage-ledger"),
    path("payments/", views.PaymentsView.as_view(), name="payments"),
    path("usage-alerts/", views.UsageAlertsView.as_view(), name="usage-alerts"),
]
