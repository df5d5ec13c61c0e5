"""The build's hook: the package is generated before it is packed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Generate(BuildHookInterface):  # type: ignore[type-arg]
    """Generates, unless this is a source distribution, which has the code but no document."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Run before anything is packed."""
        sys.path.insert(0, str(Path(self.root)))
        import generate

        if generate.DOCUMENT.is_file():
            generate.generate()
