"""Fields that take what JSON has a type for, and nothing that only looks like it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class JsonBoolean(serializers.BooleanField):
    """``true`` or ``false``; DRF would take ``"yes"``, ``1`` and ``"on"`` too."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the value."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class QueryBoolean(serializers.BooleanField):
    """``true`` or ``false`` in a query."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the value."""
        if data not in ("true", "false"):
            self.fail("invalid", input=data)
        return data == "true"


class JsonInteger(serializers.IntegerField):
    """A whole number; DRF would take its digits as text too."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the value."""
        is_whole = isinstance(data, int) or (isinstance(data, float) and data.is_integer())
        if isinstance(data, bool) or not is_whole:
            self.fail("invalid")
        return super().to_internal_value(int(data))
