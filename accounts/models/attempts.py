"""How often something was tried that may be tried only so often."""

from __future__ import annotations

from django.db import models


class AttemptCounter(models.Model):
    """Attempts within one window of time. Who they were for is kept as a digest alone."""

    key = models.CharField(max_length=64, primary_key=True)
    attempts = models.PositiveSmallIntegerField()
    resets_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.key[:8]}… {self.attempts}"
