"""Whether a document is signed, asked of its text (ISO 32000-2, 12.8)."""

from __future__ import annotations

from ..syntax.lexer import array_items, reference_number

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from ..syntax.lexer import DictionarySpans
    from .pdf_file import PdfFile

MOST_FIELDS = 100_000  # far beyond real forms
USAGE_RIGHTS = (b"/UR", b"/UR3")


def is_signed(file: PdfFile, catalog: DictionarySpans) -> bool:
    """True when a signature has been made, not when there is only a place for one."""
    permissions = file.dictionary(catalog.get(b"/Perms"))
    if permissions and b"/DocMDP" in permissions.entries:
        return True
    form = file.dictionary(catalog.get(b"/AcroForm"))
    if form is None:
        return False
    waiting = [(item, False) for item in _items(file, form.get(b"/Fields"))]
    seen: set[int] = set()
    left = MOST_FIELDS
    while waiting and left:
        text, of_signature = waiting.pop()
        left -= 1
        number = reference_number(text)
        field = file.dictionary(text) if number not in seen else None
        if field is None:
            continue
        if number is not None:
            seen.add(number)
        kind = field.get(b"/FT")
        of_signature = of_signature if kind is None else file.resolve(kind) == b"/Sig"
        value = field.get(b"/V") if of_signature else None
        if value and file.dictionary(value):
            return True
        waiting += [(kid, of_signature) for kid in _items(file, field.get(b"/Kids"))]
    return False


def _items(file: PdfFile, text: bytes | None) -> list[bytes]:
    resolved = file.resolve(text) if text else b""
    return list(array_items(resolved)) if resolved[:1] == b"[" else []


def usage_rights(file: PdfFile, catalog: DictionarySpans) -> tuple[bytes, ...]:
    """The keys of the usage rights that the document grants (12.8.2.3)."""
    permissions = file.dictionary(catalog.get(b"/Perms"))
    return tuple(key for key in USAGE_RIGHTS if permissions and key in permissions.entries)
