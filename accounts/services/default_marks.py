"""The workspace's default mark: kept here, understood by the room that draws marks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID

Mark = dict[str, Any]


class MarkRules(Protocol):
    """What the room of marks says of some fields of one."""

    def check(self, config: Mapping[str, Any]) -> Mark:
        """Return them as they are kept; raises Invalid, located from the mark on."""

    def hold(self, config: Mapping[str, Any], *, tenant_id: UUID) -> None:
        """Keep the tenant's files that they name to the transaction's end.

        Raises Invalid, located from the mark on, for one that is not there.
        """


_rules: list[MarkRules] = []


def follow_mark_rules(rules: MarkRules) -> None:
    """Let every workspace's default mark follow ``rules``.

    For the room above this one, which says so as it starts.
    """
    _rules[:] = [rules]


def mark_rules() -> MarkRules:
    """Return the rules; raises LookupError where no room has any."""
    if not _rules:
        raise LookupError("No room has said what a mark is.")
    return _rules[0]
