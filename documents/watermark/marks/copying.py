"""Taking objects over from another document, with all that they refer to (ISO 32000-2, 7.3)."""

from __future__ import annotations

from decimal import Decimal

from ..syntax.values import Name, Ref, Verbatim

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from typing import Any

    import pikepdf

    from ..syntax.values import Value
    from .mark import NewObjects

MIB = 1 << 20
MOST_OBJECTS = 10_000
MOST_VALUES = 300_000
MOST_STREAM_BYTES = 32 * MIB
DEEPEST = 40
# What streams have beside what draws them: data in other files, the structure of the document they
# come from, layers that can be switched there, and its editors' notes. Length is the writer's.
LEFT_OUT = frozenset(
    "/Length /F /FFilter /FDecodeParms /DL /StructParent /StructParents /Metadata /PieceInfo"
    " /LastModified /OC /OPI /Ref /AF /Alternates /Measure /PtData /ID".split()
)
# No resource is one of these; they lead to the whole document, its scripts and its pages.
FOREIGN = ("/Catalog", "/Pages", "/Page", "/Annot", "/Action", "/Filespec", "/StructElem")


class CannotBeCopied(Exception):
    """The objects are too many, too large, too deep, or no objects at all."""


class Copies:
    """Objects of another document, each copied once and written when all are known to be sound."""

    def __init__(self) -> None:
        self._refs: dict[tuple[int, int], Ref] = {}
        self._waiting: list[tuple[Ref, pikepdf.Object]] = []
        self._copied: list[tuple[Ref, dict[str, Value], bytes | None]] = []
        self._values = 0
        self._stream_bytes = 0

    def of(self, found: Any) -> Value:
        """A value as we write it; what it refers to follows with ``write``."""
        value = self._value(found, 0)
        while self._waiting:
            ref, waiting = self._waiting.pop()
            self._copied.append((ref, *self._body(waiting)))
        return value

    def raw_data(self, stream: pikepdf.Stream) -> bytes:
        """A stream's data as it is stored."""
        data: bytes = stream.read_raw_bytes()
        self._stream_bytes += len(data)
        if self._stream_bytes > MOST_STREAM_BYTES:
            raise CannotBeCopied("too many bytes")
        return data

    def write(self, objects: NewObjects) -> None:
        """Give the copies their numbers, and write them."""
        for ref, _, _ in self._copied:
            ref.number = objects.reserve().number
        for ref, entries, data in self._copied:
            objects.add(entries, data, at=ref)

    def _body(self, found: pikepdf.Object) -> tuple[dict[str, Value], bytes | None]:
        import pikepdf

        if not isinstance(found, pikepdf.Stream):
            return self._entries(found, 0), None
        return self._entries(found, 0, LEFT_OUT), self.raw_data(found)

    def _entries(
        self, found: pikepdf.Object, depth: int, left_out: frozenset[str] = frozenset()
    ) -> dict[str, Value]:
        return {
            key[1:]: self._value(found[key], depth + 1)
            for key in sorted(found.keys())
            if key not in left_out
        }

    def _value(self, found: Any, depth: int) -> Value:
        import pikepdf

        self._values += 1
        if depth > DEEPEST or self._values > MOST_VALUES:
            raise CannotBeCopied("too deep or too many")
        if isinstance(found, pikepdf.Stream):
            return self._reference(found)
        if isinstance(found, pikepdf.Dictionary):
            if found.get("/Type") in FOREIGN:
                return None
            return self._reference(found) if found.is_indirect else self._entries(found, depth)
        if isinstance(found, pikepdf.Array):
            return [self._value(item, depth + 1) for item in found]
        return _scalar(found)

    def _reference(self, found: pikepdf.Object) -> Ref:
        ref = self._refs.get(found.objgen)
        if ref is None:
            if len(self._refs) >= MOST_OBJECTS:
                raise CannotBeCopied("too many objects")
            ref = self._refs[found.objgen] = Ref(0)  # numbered when it is written
            self._waiting.append((ref, found))
        return ref


def _scalar(found: Any) -> Value:
    import pikepdf

    if found is None or isinstance(found, bool | int):
        return found
    if isinstance(found, Decimal | float):
        return Verbatim(f"{found:f}".encode())
    if isinstance(found, pikepdf.Name):
        return Name(str(found)[1:])
    if isinstance(found, pikepdf.String):
        return bytes(found)
    raise CannotBeCopied(f"a {type(found).__name__}")
