"""Pages of this room."""

from django.urls import path

from billing.views import invoices, plans, provider, usage

app_name = "billing"
urlpatterns = [
    path("usage/", usage.show, name="usage"),
    path("usage/ledger/", usage.ledger, name="ledger"),
    path("usage/export/", usage.export, name="usage_export"),
    path("billing/", plans.show, name="plan"),
    path("billing/change/", plans.change, name="plan_change"),
    path("billing/cancel/", plans.cancel, name="plan_cancel"),
    path("billing/portal/", provider.portal, name="portal"),
    path("billing/return/", provider.come_back, name="return"),
    path("billing/events/", provider.events, name="provider_events"),
    path("billing/cap/", plans.cap, name="spend_cap"),
    path("billing/cap/keys/", plans.key_cap, name="key_cap"),
    path("billing/invoices/", invoices.show_list, name="invoices"),
    path("billing/invoices/<uuid:invoice_id>.pdf", invoices.download, name="invoice_file"),
    path("billing/details/", invoices.details, name="billing_details"),
]
