"""Values of named parts that never change: ``dataclasses`` without the 10 ms that they load."""

from __future__ import annotations

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from typing import Any


class Record:
    """Equal when of one kind with equal parts; the parts are the ``__slots__`` of its classes.

    A subclass sets its parts once, in ``__init__``, through ``_set``.
    """

    __slots__ = ()

    def _set(self, **parts: object) -> None:
        for name, value in parts.items():
            object.__setattr__(self, name, value)

    @classmethod
    def _names(cls) -> tuple[str, ...]:
        return tuple(name for each in reversed(cls.__mro__) for name in _slots_of(each))

    def _parts(self) -> tuple[Any, ...]:
        return tuple([getattr(self, name) for name in self._names()])

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} does not change")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} does not change")

    def __setstate__(self, state: tuple[None, dict[str, object]]) -> None:
        self._set(**state[1])  # for copy and pickle, which would set attributes

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._parts() == other._parts()

    def __hash__(self) -> int:
        return hash(self._parts())

    def __repr__(self) -> str:
        shown = (f"{name}={getattr(self, name)!r}" for name in self._names())
        return f"{type(self).__name__}({', '.join(shown)})"


def _slots_of(kind: type) -> tuple[str, ...]:
    slots: tuple[str, ...] = kind.__dict__.get("__slots__", ())
    return slots
