"""Whether a document is signed, asked of its text (ISO 32000-2, 12.8)."""

from __future__ import annotations

from ..syntax.lexer import array_items

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from ..syntax.lexer import DictionarySpans
    from .pdf_file import PdfFile

MOST_FIELDS = 100_000  # far beyond real forms; a form whose fields loop ends here too
USAGE_RIGHTS = (b"/UR", b"/UR3")


def is_signed(file: PdfFile, catalog: DictionarySpans) -> bool:
    """True when a signature has been made, not when there is only a place for one."""
    permissions = file.dictionary(catalog.get(b"/Perms"))
    if permissions and b"/DocMDP" in permissions.entries:
        return True
    form = file.dictionary(catalog.get(b"/AcroForm"))
    if form is None:
        return False
    waiting, seen = [(item, False) for item in _items(file, form.get(b"/Fields"))], 0
    while waiting and seen < MOST_FIELDS:
        text, of_signature = waiting.pop()
        seen += 1
        field = file.dictionary(text)
        if field is None:
            continue
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
