"""What the relay's looks have found: at the invariants, and at how much is stored."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin.readonly import LookOnly
from documents.models import NightlyCheck, StorageDay


@admin.register(NightlyCheck)
class NightlyCheckAdmin(LookOnly):
    """What the nightly looks at the invariants have found, newest first."""

    list_display = ("night", "held", "began_at", "ended_at")
    list_filter = ("held",)


@admin.register(StorageDay)
class StorageDayAdmin(LookOnly):
    """How much was stored, day by day."""

    list_display = ("day", "bytes", "objects_count", "counted_at")
