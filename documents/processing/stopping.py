"""How the children of a worker hear that it is going down: one byte that they share.

Memory rather than a signal: it is there before a child starts, and interrupts nothing.
"""

from __future__ import annotations

import mmap

_flag = mmap.mmap(-1, 1)


def request_stop() -> None:
    """Ask this process and the children it has forked to hand back their work."""
    _flag[0] = 1


def forget_stop() -> None:
    """Take the request back: a worker is starting in this process."""
    _flag[0] = 0


def stop_requested() -> bool:
    """Tell whether the worker is going down."""
    return _flag[0] == 1
