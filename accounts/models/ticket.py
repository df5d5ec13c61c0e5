"""A ticket to a socket: where a program can show neither a header nor a cookie."""

from __future__ import annotations

from django.db import models

from accounts.models.api_key import APIKey
from accounts.models.token_grant import TokenGrant


class SocketTicket(models.Model):
    """Stands once, for a minute, for a key, a session or a program's log-in.

    Only a digest of its text is kept.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    api_key = models.ForeignKey(
        APIKey, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    grant = models.ForeignKey(
        TokenGrant, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    session_key = models.CharField(max_length=40, blank=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(api_key__isnull=False, grant__isnull=True, session_key="")
                | models.Q(api_key__isnull=True, grant__isnull=False, session_key="")
                | (models.Q(api_key__isnull=True, grant__isnull=True) & ~models.Q(session_key="")),
                name="socket_ticket_of_one",
            )
        ]

    def __str__(self) -> str:
        return f"{self.digest[:8]}…"
