"""The pulse of a process that works behind the pages: that it lives, and since when."""

from __future__ import annotations

from django.db import models


class Pulse(models.Model):
    """One worker, relay or sender, written by itself every few seconds while it runs.

    One that ends as it should takes its row away; one that was killed leaves it and falls silent.
    """

    class Kind(models.TextChoices):
        """What the process does."""

        WORKER = "worker"
        RELAY = "relay"
        SENDER = "sender"

    # ``kind@host:process id``
    name = models.CharField(max_length=200, primary_key=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ("kind", "name")
        verbose_name = "process"
        verbose_name_plural = "processes"

    def __str__(self) -> str:
        return self.name
