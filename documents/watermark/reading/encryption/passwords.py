"""A password as the bytes that a document was encrypted with."""

from __future__ import annotations

MOST_BYTES_OF_AES_256 = 127
PADDING = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")

# PDFDocEncoding (ISO 32000-2, annex D.3) where it differs from Latin-1.
_SIGNS = dict(
    zip("˘ˇˆ˙˝˛˚˜", range(0x18, 0x20), strict=True),
) | dict(zip("•†‡…—–ƒ⁄‹›−‰„“”‘’‚™ﬁﬂŁŒŠŸŽıłœšž", range(0x80, 0x9F), strict=True), **{"€": 0xA0})
_TAKEN = frozenset(map(chr, (*range(0x18, 0x20), *range(0x7F, 0xA1), 0xAD)))


def candidates(password: str, revision: int) -> list[bytes]:
    """The encodings of a password worth trying, the standard's own first.

    Revisions to 4 take PDFDocEncoding, later ones UTF-8 after SASLprep (RFC 4013); writers that
    take what their users typed are too many to turn their readers away.
    """
    unchanged = password.encode("utf-8", "surrogatepass")
    if revision >= 5:
        tried = [prepared(password).encode("utf-8", "surrogatepass"), unchanged]
        tried = [each[:MOST_BYTES_OF_AES_256] for each in tried]
    else:
        tried = [*_single_byte(password), unchanged]
    return list(dict.fromkeys(tried))


def padded(password: bytes) -> bytes:
    """Exactly 32 bytes (7.6.4.3.2, step a)."""
    return (password + PADDING)[:32]


def _single_byte(password: str) -> list[bytes]:
    found = []
    if all(sign in _SIGNS or (ord(sign) < 256 and sign not in _TAKEN) for sign in password):
        found.append(bytes(_SIGNS.get(sign, ord(sign) & 255) for sign in password))
    for codec in ("latin-1", "mac-roman"):
        try:
            found.append(password.encode(codec))
        except UnicodeEncodeError:
            continue
    return found


def prepared(password: str) -> str:
    """The password after SASLprep; one that it forbids is left as it is."""
    if password.isascii():
        return password
    import stringprep
    import unicodedata

    mapped = "".join(
        " " if stringprep.in_table_c12(sign) else sign
        for sign in password
        if not stringprep.in_table_b1(sign)
    )
    normal = unicodedata.normalize("NFKC", mapped)
    is_forbidden = any(
        stringprep.in_table_c21_c22(sign) or stringprep.in_table_c9(sign) for sign in normal
    )
    return password if is_forbidden else normal
