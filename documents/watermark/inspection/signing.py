"""What a document's signatures say (ISO 32000-2, 12.8)."""

from __future__ import annotations

from ..outcome import Signatures

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    import pikepdf

MOST_FIELDS = 100_000  # far beyond real forms
MOST_NAMES = 50
MOST_NAME_CHARACTERS = 200
NO_CHANGES_BUT_FORMS = 2  # what DocMDP permits unless it says otherwise (12.8.2.2)


def signatures_of(pdf: pikepdf.Pdf) -> Signatures:
    """All that is signed; a place for a signature is none."""
    import pikepdf

    permissions = pdf.Root.get("/Perms")
    if not isinstance(permissions, pikepdf.Dictionary):
        return Signatures(_signed_fields(pdf))
    return Signatures(
        _signed_fields(pdf),
        certified=_permitted(permissions["/DocMDP"]) if "/DocMDP" in permissions else None,
        usage_rights="/UR" in permissions or "/UR3" in permissions,
    )


def _permitted(signature: object) -> int:
    import pikepdf

    references = signature.get("/Reference") if isinstance(signature, pikepdf.Dictionary) else None
    for each in references.as_list() if isinstance(references, pikepdf.Array) else []:
        parameters = each.get("/TransformParams") if isinstance(each, pikepdf.Dictionary) else None
        level = parameters.get("/P") if isinstance(parameters, pikepdf.Dictionary) else None
        if isinstance(level, int) and 1 <= level <= 3:
            return level
    return NO_CHANGES_BUT_FORMS


def _signed_fields(pdf: pikepdf.Pdf) -> tuple[str, ...]:
    import pikepdf

    form = pdf.Root.get("/AcroForm")
    if not isinstance(form, pikepdf.Dictionary):
        return ()
    waiting: list[tuple[pikepdf.Object, bool, str]] = [(form, False, "")]
    seen: set[tuple[int, int]] = set()
    left = MOST_FIELDS
    names: list[str] = []
    while waiting and left and len(names) < MOST_NAMES:
        field, of_signature, name = waiting.pop()
        left -= 1
        if field.objgen in seen:
            continue
        if field.is_indirect:
            seen.add(field.objgen)
        kind = field.get("/FT")
        of_signature = of_signature if kind is None else str(kind) == "/Sig"
        part = field.get("/T")
        if isinstance(part, pikepdf.String):
            name = f"{name}.{part}".lstrip(".")[:MOST_NAME_CHARACTERS]
        if of_signature and isinstance(field.get("/V"), pikepdf.Dictionary):
            names.append(name)
            continue
        kids = field.get("/Fields", field.get("/Kids"))
        for kid in reversed(kids.as_list() if isinstance(kids, pikepdf.Array) else []):
            if isinstance(kid, pikepdf.Dictionary):
                waiting.append((kid, of_signature, name))
    return tuple(names)
