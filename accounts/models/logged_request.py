"""A request to the API, as the people of the tenant may look it up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F

from accounts.models.tenant import Tenant

if TYPE_CHECKING:
    from accounts.principal import Principal

# Ours are shorter: a client's own invention shall not fill the table.
PATH_LENGTH = 200


class LoggedRequestQuerySet(models.QuerySet["LoggedRequest"]):
    """Requests, always seen by somebody."""

    def visible_to(self, principal: Principal) -> LoggedRequestQuerySet:
        """Return the requests of the principal's tenant."""
        return self.filter(tenant_id=principal.tenant_id)


class LoggedRequest(models.Model):
    """One answered request: no body, no query, no header.

    A help for people, not a proof: it is written behind the answer, it may miss lines
    (services/request_log.py), and it is forgotten after some days.
    """

    id = models.BigAutoField(primary_key=True)
    tenant = models.ForeignKey(
        Tenant, on_delete=models.CASCADE, related_name="logged_requests", db_index=False
    )
    # Of the tenant, in the order of writing: the one that is so many behind goes.
    number = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    request_id = models.CharField(max_length=64)
    method = models.CharField(max_length=10)
    path = models.CharField(max_length=PATH_LENGTH)
    status = models.PositiveSmallIntegerField()
    milliseconds = models.PositiveIntegerField()
    # Ids and no references: what they name may be gone before the line is written.
    api_key_id = models.UUIDField(null=True)
    user_id = models.UUIDField(null=True)
    # What a key or person is refused for its rate shares a line a minute.
    times = models.PositiveIntegerField(default=1)

    objects = LoggedRequestQuerySet.as_manager()

    class Meta:
        ordering = ("-number",)
        # No more than what the page finds lines by: each index is written with each line. Other
        # filters walk the tenant's newest lines, which are bounded (services/request_writing.py).
        constraints = [
            models.UniqueConstraint(fields=("tenant", "number"), name="request_numbered"),
        ]
        indexes = [models.Index(F("tenant"), F("request_id"), name="request_by_request_id")]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status}"
