"""How many request lines a tenant has had, and has had in the minute of its newest ones."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from accounts.models.tenant import Tenant

# Of those that went well, and as many of those that did not, whatever the number of processes.
LINES_OF_MINUTE = 300


class RequestTally(models.Model):
    """One row for each tenant with a request log; who writes lines locks it and numbers them.

    It bounds what processes cannot bound by themselves: a tenant's lines of a minute, and with
    their numbers how many there are at all.
    """

    tenant = models.OneToOneField(
        Tenant, on_delete=models.CASCADE, primary_key=True, related_name="request_tally"
    )
    last_number = models.PositiveBigIntegerField(default=0)
    minute = models.DateTimeField()
    went_well = models.PositiveIntegerField(default=0)
    went_wrong = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.tenant_id}: {self.last_number}"

    def next_number(self, *, minute: datetime, is_well: bool) -> int | None:
        """Count another line and return its number, or None once the minute has had its share."""
        if minute > self.minute:
            self.minute, self.went_well, self.went_wrong = minute, 0, 0
        if (self.went_well if is_well else self.went_wrong) >= LINES_OF_MINUTE:
            return None
        if is_well:
            self.went_well += 1
        else:
            self.went_wrong += 1
        self.last_number += 1
        return self.last_number
