"""Which entries and objects do something by themselves or when clicked, by kind.

ISO 32000-2: actions in 12.6, annotations in 12.5 and 13, files in 7.11. What is not known to be
quiet counts as active. Resources may bear any name, so a name alone decides nothing.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from typing import Any

    import pikepdf

QUIET_ACTIONS = frozenset(
    f"/{kind}" for kind in ("GoTo GoToDp Hide Named ResetForm SetOCGState Trans URI").split()
)
MEDIA = "media"
KINDS = {
    "/JavaScript": "scripts",
    "/Launch": "programs",
    "/SubmitForm": "sending",
    "/ImportData": "imports",
    "/GoToR": "other_documents",
    "/GoToE": "other_documents",
    "/Thread": "other_documents",
    "/GoTo3DView": MEDIA,
    "/Movie": MEDIA,
    "/Rendition": MEDIA,
    "/RichMediaExecute": MEDIA,
    "/Sound": MEDIA,
}
ACTIONS = QUIET_ACTIONS | KINDS.keys()
ACTIVE_ANNOTATIONS = {
    "/RichMedia": MEDIA,
    "/3D": MEDIA,
    "/Screen": MEDIA,
    "/Movie": MEDIA,
    "/Sound": MEDIA,
    "/FileAttachment": "attachments",
}
ACTIVE_KEYS = {
    "/AA": "triggers",
    "/JavaScript": "scripts",
    "/RH": "scripts",
    "/EmbeddedFiles": "attachments",
    "/AF": "attachments",
    "/EF": "attachments",
    "/Collection": "attachments",
    "/XFA": "xfa",
    "/NeedsRendering": "xfa",
    "/Renditions": MEDIA,
    "/Ref": "other_documents",
}
OF_THE_CATALOGUE = ("/NeedsRendering", "/Collection")
ACTION_KEYS = ("/A", "/PA", "/OpenAction", "/Next")
FILE_KEYS = ("/F", "/UF", "/DOS", "/Mac", "/Unix")
# Streams that resources name, and so perhaps call /XFA.
OF_RESOURCES = ("/Subtype", "/PatternType", "/ShadingType")

# What an object's text must have to be looked into: one of the names above.
WORTH_A_LOOK = re.compile(
    rb"/(?:"
    + b"|".join(
        sorted(
            {
                name[1:].encode()
                for name in (
                    *ACTIVE_KEYS,
                    *ACTION_KEYS,
                    *ACTIVE_ANNOTATIONS,
                    *KINDS,
                    "/JS",
                    "/Base",
                )
            }
        )
    )
    + rb")(?![A-Za-z0-9])"
)
ACTIVE_SCHEMES = re.compile(r"(?:javascript|vbscript|data|file):", re.IGNORECASE)
# Browsers leave them out before they look for the scheme (URL standard, 4.4); others are not seen.
NOT_SEEN = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2060\ufeff]")


def kind_of_entry(holder: pikepdf.Object, key: str, value: Any) -> str:
    """What an entry does, nothing for most. The chain of an action (``Next``) may be a list."""
    import pikepdf

    if key in ACTIVE_KEYS:
        return ACTIVE_KEYS[key] if _is_meant(key, holder, value) else ""
    if key == "/URI" and isinstance(value, pikepdf.Dictionary):  # the catalogue's
        return "scripts" if _is_active_address(value.get("/Base")) else ""
    if key not in ACTION_KEYS:
        return ""
    if isinstance(value, pikepdf.Array) and key == "/Next":
        return next(filter(None, map(kind_of_action, value.as_list())), "")
    return kind_of_action(value)


def kind_of_action(action: Any) -> str:
    """What the value of an entry for actions does."""
    import pikepdf

    if not isinstance(action, pikepdf.Dictionary):
        return ""
    kind = action.get("/S")
    if not isinstance(kind, pikepdf.Name):
        return "scripts" if "/JS" in action else ""
    named = str(kind)
    if named == "/URI":
        return "scripts" if _is_active_address(action.get("/URI")) else ""
    return "" if named in QUIET_ACTIONS else KINDS.get(named, MEDIA)


def kind_of_loose(holder: pikepdf.Object) -> str:
    """What a dictionary does wherever it stands: annotations, and actions that nothing leads to.

    Elements of a document's structure call their role S as well; they have a parent.
    """
    if kind := kind_of_annotation(holder):
        return kind
    return KINDS.get(str(holder.get("/S", "")), "") if "/P" not in holder else ""


def kind_of_annotation(annotation: pikepdf.Object) -> str:
    """What an annotation of this type does; nothing for most."""
    return ACTIVE_ANNOTATIONS.get(str(annotation.get("/Subtype", "")), "")


def _is_meant(key: str, holder: pikepdf.Object, value: Any) -> bool:
    """Whether an entry is the one that it is called like."""
    import pikepdf

    if key in OF_THE_CATALOGUE:
        return "/Pages" in holder and value is not False
    if key == "/XFA":
        return "/Fields" in holder or _is_form(value)
    if key == "/AF":
        files = value.as_list() if isinstance(value, pikepdf.Array) else [value]
        return any(isinstance(each, pikepdf.Dictionary) and "/EF" in each for each in files)
    if key == "/RH":
        return "/S" in holder and isinstance(value, pikepdf.Dictionary | pikepdf.Array)
    if not isinstance(value, pikepdf.Dictionary):
        return False
    if key == "/Ref":
        return "/BBox" in holder
    if key == "/AA":
        return any(map(_is_action, value.values()))
    if key == "/EF":
        return any(isinstance(value.get(name), pikepdf.Stream) for name in FILE_KEYS)
    return "/Kids" in value or bool(value.get("/Names"))


def _is_form(value: Any) -> bool:
    """One stream, or parts of one by name (12.7.8)."""
    import pikepdf

    if isinstance(value, pikepdf.Array):
        return len(value) > 0 and isinstance(value.as_list()[0], pikepdf.String)
    return isinstance(value, pikepdf.Stream) and not any(name in value for name in OF_RESOURCES)


def _is_action(value: Any) -> bool:
    import pikepdf

    if not isinstance(value, pikepdf.Dictionary):
        return False
    return str(value.get("/S")) in ACTIONS or "/JS" in value


def _is_active_address(target: Any) -> bool:
    import pikepdf

    if not isinstance(target, pikepdf.String):
        return False
    return ACTIVE_SCHEMES.match(NOT_SEEN.sub("", str(target))) is not None
