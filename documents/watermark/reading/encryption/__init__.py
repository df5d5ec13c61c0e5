"""Documents protected by the standard security handler (ISO 32000-2, 7.6), revisions 2 to 6.

Our own because appending to an encrypted document takes encrypting single objects with its key,
which pikepdf does not offer; only the ciphers come from `cryptography`.
"""

from __future__ import annotations

from ..plain_values import plain_value
from .handler import SecurityHandler, security_handler

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from typing import Protocol

    class EncryptedFile(Protocol):
        """A file whose trailer has an Encrypt entry: a PdfFile."""

        @property
        def trailer(self) -> dict[bytes, bytes]:
            """The texts of the trailer's values, by key with slash."""

        def resolve(self, text: bytes) -> bytes:
            """The text of the value that a text is or refers to."""


__all__ = ["SecurityHandler", "open_security", "security_handler"]

DEPTH_OF_DICTIONARY = 4  # the dictionary itself, CF, a crypt filter, its entry


def open_security(file: EncryptedFile, password: str | None) -> SecurityHandler:
    """The handler of an encrypted file; see ``security_handler`` for what it raises.

    Raises Unreadable where the trailer's entries do not parse.
    """
    encrypt = plain_value(file, file.trailer[b"/Encrypt"], DEPTH_OF_DICTIONARY)
    identifier = plain_value(file, file.trailer.get(b"/ID", b"null"), 2)
    first = identifier[0] if isinstance(identifier, list) and identifier else b""
    return security_handler(
        encrypt if isinstance(encrypt, dict) else {},
        first if isinstance(first, bytes) else b"",
        password,
    )
