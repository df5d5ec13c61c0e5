"""Stripe: Checkout, Billing Portal, meter events and the webhook inbox (docs/billing.md)."""
