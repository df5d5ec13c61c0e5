"""Somebody who has signed up over the API and not yet shown that the address is theirs."""

from __future__ import annotations

from django.db import models


class PendingSignup(models.Model):
    """What was asked for, until the link in the mail is followed: no person and no tenant yet.

    Several may wait for one address; the first that is followed makes the account. Of the link's
    text a digest is kept, of the password what is kept of every password.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=120)
    workspace = models.CharField(max_length=120, blank=True)
    password = models.CharField(max_length=128)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.digest[:8]}…"
