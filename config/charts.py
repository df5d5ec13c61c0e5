"""Charts as SVG, made by the server: no script, and every value can be read in a table beside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

# The page stretches a chart to the room that there is, so that these are no pixels: a bar has one
# unit of width, gap included, and the round value above the highest bar lies at the top.
HEIGHT = 100
GAP = 0.15


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, by its upper left corner."""

    x: float
    y: float
    width: float
    height: float
    value: int
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """What the template draws: bars, the values of the lines behind them, labels below.

    ``axis`` and each bar's ``text`` are the values as people read them.
    """

    bars: list[Bar]
    values: list[int]
    labels: list[str]
    axis: list[str]
    height: int = HEIGHT

    @property
    def width(self) -> int:
        """How wide all bars are together."""
        return max(1, len(self.bars))


def bar_chart(
    labels: Sequence[str], values: Sequence[int], *, written: Callable[[int], str] = str
) -> Chart:
    """Return a chart of bars; less than nothing is drawn as nothing.

    ``written`` says how people read a value.

    Of the labels the first, the one in the middle and the last are shown: those fit a phone.
    """
    top = _round_up(max([*values, 1]))
    bars = [
        Bar(
            x=round(index + GAP, 2),
            y=round(HEIGHT - height, 2),
            width=1 - 2 * GAP,
            height=round(height, 2),
            value=value,
            label=label,
            text=written(value),
        )
        for index, (label, value) in enumerate(zip(labels, values, strict=True))
        for height in [HEIGHT * max(0, value) / top]
    ]
    last = len(labels) - 1
    shown = sorted({0, last}) if last % 2 else sorted({0, last // 2, last})
    lines = [top, top // 2, 0]
    return Chart(
        bars, lines, [labels[index] for index in shown if labels], [written(line) for line in lines]
    )


def _round_up(value: int) -> int:
    """Return the next of 2, 4, 10, 20, 40, 100 …: half of each is a whole number."""
    size = 1
    while True:
        for step in (2, 4, 10):
            if value <= step * size:
                return step * size
        size *= 10
