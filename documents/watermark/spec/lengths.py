"""Lengths on the page: points, or a number with its unit."""

from __future__ import annotations

import math
import re

from .rules import Rule, Unfit, check_bounds

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from typing import Any, TypeAlias

    Length: TypeAlias = "float | str"  # points, or text such as "10mm" and "5%"

POINTS_PER_UNIT = {"pt": 1.0, "in": 72.0, "cm": 72 / 2.54, "mm": 72 / 25.4}
UNITS = (*POINTS_PER_UNIT, "%")
AMOUNT = r"[+-]?(?:[0-9]{1,9}(?:\.[0-9]{0,9})?|\.[0-9]{1,9})"


def in_points(length: Length, side: float) -> float:
    """A length of a spec in points; ``side`` is what its percentages count of, in points."""
    if not isinstance(length, str):
        return length
    amount, unit = _split(length)
    return amount / 100 * side if unit == "%" else amount * POINTS_PER_UNIT[unit]


def _split(text: str) -> tuple[float, str]:
    unit = next((unit for unit in UNITS if text.endswith(unit)), "pt")
    return float(text.removesuffix(unit)), unit


class LengthRule(Rule):
    """A number of points, or text such as ``10mm``, ``1.5cm``, ``1in``, ``12pt`` or ``5%``.

    ``minimum`` and ``maximum`` are points, ``least_percent`` and ``most_percent`` bound the share
    of the page's side that ``percent_of`` names. Points are kept as a number, other units as text
    without blanks.
    """

    kind = "length"
    pattern = rf"^\s*{AMOUNT}\s*(pt|mm|cm|in|%|PT|MM|CM|IN)?\s*$"

    def __init__(
        self,
        *,
        minimum: float,
        maximum: float,
        least_percent: float,
        most_percent: float,
        percent_of: str,
        **about: Any,
    ) -> None:
        super().__init__(**about)
        self.minimum = minimum
        self.maximum = maximum
        self.least_percent = least_percent
        self.most_percent = most_percent
        self.percent_of = percent_of

    def convert(self, value: object, strings: bool) -> Length:
        if isinstance(value, str):
            return self._with_unit(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            message = "Input should be a number of points or a length such as 10mm or 5%"
            raise Unfit("length_type", message)
        if isinstance(value, float) and not math.isfinite(value):
            raise Unfit("finite_number", "Input should be a finite number")
        check_bounds(value, self.minimum, self.maximum)
        return float(value) + 0.0  # -0.0 becomes 0.0

    def _with_unit(self, text: str) -> Length:
        found = re.fullmatch(rf"({AMOUNT})\s*(pt|mm|cm|in|%)?", text.strip().lower())
        if not found:
            message = "Input should be a number of points or a length such as 10mm or 5%"
            raise Unfit("length_parsing", message)
        amount, unit = float(found[1]), found[2] or "pt"
        if unit == "%":
            self._check(amount, self.least_percent, self.most_percent, unit)
        else:
            points = POINTS_PER_UNIT[unit]
            self._check(amount, self.minimum / points, self.maximum / points, unit)
        amount = round(amount, 3) + 0.0
        return amount if unit == "pt" or amount == 0 else f"{amount:g}{unit}"

    def _check(self, amount: float, minimum: float, maximum: float, unit: str) -> None:
        if amount < minimum:
            least = f"{minimum:g}{unit}"
            raise Unfit(
                "greater_than_equal", f"Input should be greater than or equal to {least}", ge=least
            )
        if amount > maximum:
            most = f"{maximum:g}{unit}"
            raise Unfit("less_than_equal", f"Input should be less than or equal to {most}", le=most)
