"""Fonts: of ours by the name of their family, somebody's own by its id."""

from __future__ import annotations

import re

from .rules import ChoiceRule

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from enum import StrEnum


class FontRule(ChoiceRule):
    """One of our families, or the name of a font that is given along: a UUID."""

    pattern = "^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$"

    def convert(  # type: ignore[override] # a name that is no member of ours
        self, value: object, strings: bool
    ) -> StrEnum | str:
        if isinstance(value, str) and re.fullmatch(self.pattern, name := value.strip()):
            return name.lower()
        return super().convert(value, strings)

    def plain(self, value: StrEnum | str) -> str:
        return str(value)
