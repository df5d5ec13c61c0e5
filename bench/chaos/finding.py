"""What a scenario found out about one promise."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """``promise`` is its id (``J1``); ``figures`` say in a line what was counted and measured."""

    promise: str
    holds: bool
    figures: str

    def __str__(self) -> str:
        return f"{self.promise:11} {'holds ' if self.holds else 'BROKEN'}  {self.figures}"
