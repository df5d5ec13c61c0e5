"""Opening the encryption of a file (ISO 32000-2, 7.6)."""

from __future__ import annotations

from collections.abc import Mapping

from ..syntax.lexer import array_items
from ..syntax.parser import parsed
from ..syntax.strings import string_bytes
from ..syntax.unreadable import Unreadable
from .encryption import SecurityHandler, security_handler

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from .pdf_file import PdfFile


def open_security(file: PdfFile, password: str | None) -> SecurityHandler:
    """What decrypts the file; raises Encrypted where the password does not."""
    encrypt = parsed(file.resolve(file.trailer[b"/Encrypt"]), file.resolve)
    if not isinstance(encrypt, Mapping):
        raise Unreadable("the encryption dictionary is none")
    return security_handler(encrypt, _first_id(file), password)


def _first_id(file: PdfFile) -> bytes:
    text = file.trailer.get(b"/ID")
    items = list(array_items(file.resolve(text))) if text else []
    return string_bytes(file.resolve(items[0])) if items else b""
