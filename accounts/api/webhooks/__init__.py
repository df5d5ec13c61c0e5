"""Webhooks in the API: endpoints, what is sent to them, and the events themselves."""
