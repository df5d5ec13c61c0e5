"""Reading streams that pikepdf has opened without letting them grow beyond bounds."""

from __future__ import annotations

from ..syntax.filters import decoded, filters_of, parameters_of
from ..syntax.unreadable import Unreadable

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    import pikepdf

MOST_ENCODED_BYTES = 8 << 20


def bounded(stream: object, most: int) -> bytes | None:
    """A stream's decoded data; None for none, for one that is larger or cannot be decoded."""
    import pikepdf

    if not isinstance(stream, pikepdf.Stream):
        return None
    length = stream.get("/Length")
    if isinstance(length, int) and length > min(most, MOST_ENCODED_BYTES):
        return None
    try:
        names = filters_of(_text(stream, "/Filter"))
        parameters = parameters_of(_text(stream, "/DecodeParms"), len(names))
        data, _ = decoded(stream.read_raw_bytes(), names, parameters, most)
    except (Unreadable, pikepdf.PikepdfError):
        return None
    return data if len(data) < most else None


def _text(stream: pikepdf.Stream, key: str) -> bytes | None:
    import pikepdf

    value = stream.get(key)
    kinds = pikepdf.Name, pikepdf.Array, pikepdf.Dictionary
    return value.unparse(resolved=True) if isinstance(value, kinds) else None
