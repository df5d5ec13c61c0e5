"""One file a model."""

from billing.models.quota import Quota, Reservation
from billing.models.usage import UsageRecord

__all__ = ["Quota", "Reservation", "UsageRecord"]
