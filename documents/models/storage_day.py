"""How much is stored: the last reading of each day."""

from __future__ import annotations

from django.db import models


class StorageDay(models.Model):
    """All tenants' objects together, and the largest ones' (documents/relay/storage.py).

    ``largest``: ``[{"tenant": id, "bytes": …, "objects": …}, …]``, ten at most.
    """

    day = models.DateField(primary_key=True)
    counted_at = models.DateTimeField()
    bytes = models.PositiveBigIntegerField()
    objects_count = models.PositiveBigIntegerField(db_column="objects")
    largest = models.JSONField(default=list)

    class Meta:
        ordering = ("-day",)
        verbose_name = "reading of the storage"
        verbose_name_plural = "readings of the storage"

    def __str__(self) -> str:
        return f"{self.day}: {self.bytes} bytes"
