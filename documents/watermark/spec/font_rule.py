"""What is given along under an id: pictures, pages, and fonts beside our families."""

from __future__ import annotations

import re

from .rules import ChoiceRule, TextRule

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from enum import StrEnum


class AssetRule(TextRule):
    """The name of a picture or a page that is given along: where files are stored, a UUID."""


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
