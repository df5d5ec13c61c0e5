"""Whether a document is signed (ISO 32000-2, 12.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pikepdf

MOST_FIELDS = 100_000  # far beyond real forms; a form whose fields loop ends here too


def is_signed(pdf: pikepdf.Pdf) -> bool:
    """True when a signature has been made, not when there is only a place for one."""
    import pikepdf

    permissions = pdf.Root.get("/Perms")
    if isinstance(permissions, pikepdf.Dictionary) and "/DocMDP" in permissions:
        return True
    form = pdf.Root.get("/AcroForm")
    if not isinstance(form, pikepdf.Dictionary):
        return False
    waiting: list[tuple[pikepdf.Object, bool]] = [(form, False)]
    seen = 0
    while waiting and seen < MOST_FIELDS:
        field, of_signature = waiting.pop()
        seen += 1
        kind = field.get("/FT")
        of_signature = of_signature if kind is None else str(kind) == "/Sig"
        if of_signature and isinstance(field.get("/V"), pikepdf.Dictionary):
            return True
        waiting.extend((child, of_signature) for child in _children(field))
    return False


def _children(field: pikepdf.Object) -> list[pikepdf.Object]:
    import pikepdf

    listed = field.get("/Fields", field.get("/Kids"))
    if not isinstance(listed, pikepdf.Array):
        return []
    return [child for child in listed if isinstance(child, pikepdf.Dictionary)]


def drop_usage_rights(pdf: pikepdf.Pdf) -> bool:
    """Take out Reader's usage rights, which any change makes invalid; True if there were some.

    Left in, they make Reader complain about a document that is otherwise well (12.8.2.3).
    """
    import pikepdf

    permissions = pdf.Root.get("/Perms")
    if not isinstance(permissions, pikepdf.Dictionary):
        return False
    rights = [key for key in ("/UR", "/UR3") if key in permissions]
    for key in rights:
        del permissions[key]
    if not permissions.keys():
        del pdf.Root["/Perms"]
    return bool(rights)
