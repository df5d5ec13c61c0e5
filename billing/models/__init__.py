"""One file a model."""

from billing.models.usage import UsageRecord

__all__ = ["UsageRecord"]
