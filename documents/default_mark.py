"""What a workspace's default mark may be (see accounts/services/default_marks.py)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID


class DefaultMarkRules:
    """A preset's rules. They are loaded when they are first asked for: few processes ever do."""

    def check(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """Return some fields of a mark as they are kept; raises InvalidSpec."""
        from documents.services.specs import checked_part

        return checked_part(config)

    def hold(self, config: Mapping[str, Any], *, tenant_id: UUID) -> None:
        """Keep the files that a mark is made of; raises InvalidSpec where one is not there."""
        from documents.services.specs import hold_named_assets

        hold_named_assets(config, tenant_id)
