"""Charts as SVG, made by the server: no script, and every value can be read in a table beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 720, 200
TOP, BOTTOM, LEFT = 14, 22, 52
LABELS_MOST = 8


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, and what stands below it (mostly nothing: there is no room for every day)."""

    x: float
    y: float
    width: float
    height: float
    value: int
    label: str
    is_labelled: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across the chart, at a round value."""

    y: float
    value: int


@dataclass(frozen=True, slots=True)
class Chart:
    """What the template draws."""

    bars: list[Bar]
    rules: list[Rule]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    base: int = HEIGHT - BOTTOM


def bar_chart(labels: Sequence[str], values: Sequence[int]) -> Chart:
    """Return a chart of bars; less than nothing is drawn as nothing."""
    top = _round_up(max([*values, 1]))
    room, step = HEIGHT - TOP - BOTTOM, (WIDTH - LEFT) / max(1, len(values))
    every = -(-len(values) // LABELS_MOST) or 1
    bars = []
    for index, (label, value) in enumerate(zip(labels, values, strict=True)):
        height = room * max(0, value) / top
        bars.append(
            Bar(
                x=round(LEFT + index * step + step * 0.15, 2),
                y=round(HEIGHT - BOTTOM - height, 2),
                width=round(step * 0.7, 2),
                height=round(height, 2),
                value=value,
                label=label,
                is_labelled=index % every == 0,
            )
        )
    rules = [Rule(round(HEIGHT - BOTTOM - room * part / 2, 2), top * part // 2) for part in (1, 2)]
    return Chart(bars, rules)


def _round_up(value: int) -> int:
    """Return the next of 2, 4, 10, 20, 40, 100 …: half of each is a whole number."""
    size = 1
    while True:
        for step in (2, 4, 10):
            if value <= step * size:
                return step * size
        size *= 10
