"""Which cipher an encryption dictionary names for what (ISO 32000-2, 7.6.2, 7.6.6)."""

from __future__ import annotations

from ...syntax.unreadable import Unreadable

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Mapping

IDENTITY = "Identity"
RC4, AES_128, AES_256 = "V2", "AESV2", "AESV3"
METHODS = {4: (RC4, AES_128), 5: (AES_256,)}


class CryptFilters:
    """The methods for streams and strings, and those that streams may name for themselves.

    ``key_bytes`` are the lengths that the key may have, likeliest first: writers give it in bits
    and bytes, or not at all, and checking a password tells which is right.
    """

    __slots__ = ("_by_name", "key_bytes", "stream", "string")

    def __init__(self, encrypt: Mapping[str, object]) -> None:
        version = encrypt.get("V", 0)
        if version in (1, 2):
            declared = [] if version == 1 else _lengths(encrypt)
            self._by_name = {IDENTITY: IDENTITY}
            self.stream = self.string = RC4
            self.key_bytes = list(dict.fromkeys([*declared, 5, 16]))
        elif version in (4, 5):
            filters = encrypt.get("CF")
            named = filters if isinstance(filters, dict) else {}
            self._by_name = {name: _method(each, version) for name, each in named.items()}
            self._by_name[IDENTITY] = IDENTITY
            for_streams = str(encrypt.get("StmF", IDENTITY))
            self.stream = self.method(for_streams)
            self.string = self.method(str(encrypt.get("StrF", IDENTITY)))
            declared = [*_lengths(encrypt), *_lengths(named.get(for_streams))]
            self.key_bytes = [32] if version == 5 else list(dict.fromkeys([16, *declared, 5]))
        else:
            raise Unreadable("an encryption's version is not known")

    def method(self, name: str) -> str:
        """The method of a crypt filter; raises Unreadable when the document does not define it."""
        try:
            return self._by_name[name]
        except KeyError:
            raise Unreadable("a crypt filter is not defined") from None


def _method(crypt_filter: object, version: int) -> str:
    named = crypt_filter.get("CFM", "None") if isinstance(crypt_filter, dict) else "None"
    if named == "None":
        return IDENTITY
    for method in METHODS[version]:
        if named == method:
            return method
    raise Unreadable("a crypt filter's method is not known")


def _lengths(entries: object) -> list[int]:
    length = entries.get("Length") if isinstance(entries, dict) else None
    if not isinstance(length, int):
        return []
    return [count for count in (length // 8, length) if 5 <= count <= 16]
