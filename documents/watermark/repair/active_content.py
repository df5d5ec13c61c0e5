"""Content that does something when a document is opened or clicked (ISO 32000-2, 12.6, 13, 7.11).

Scripts, programs to start, forms that send themselves somewhere, attachments, XFA forms, media and
3D. What leads a reader about or to the web stays: places in the document, web addresses, layers
switched on and off.
"""

from __future__ import annotations

import re

from ..outcome import Notice

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Iterable

    import pikepdf

QUIET_ACTIONS = frozenset(
    f"/{kind}" for kind in ("GoTo GoToDp Hide Named ResetForm SetOCGState Trans URI").split()
)
ACTIVE_SCHEMES = re.compile(rb"\s*(?:javascript|vbscript|data|file)\s*:", re.IGNORECASE)
KINDS = {
    "/JavaScript": "scripts",
    "/Launch": "programs",
    "/SubmitForm": "sending",
    "/ImportData": "imports",
    "/GoToR": "other_documents",
    "/GoToE": "other_documents",
    "/Thread": "other_documents",
    "/URI": "scripts",
}
MEDIA = "media"
MEDIA_ACTIONS = {"/GoTo3DView", "/Movie", "/Rendition", "/RichMediaExecute", "/Sound"}
ACTIONS = QUIET_ACTIONS | KINDS.keys() | MEDIA_ACTIONS
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
    "/EmbeddedFiles": "attachments",
    "/AF": "attachments",
    "/EF": "attachments",
    "/Collection": "attachments",
    "/XFA": "xfa",
    "/NeedsRendering": "xfa",
    "/Renditions": MEDIA,
}
ACTION_KEYS = ("/A", "/PA", "/OpenAction", "/Next")
# What an object's text must have to be looked into: one of the names above.
WORTH_A_LOOK = re.compile(
    rb"/(?:"
    + b"|".join(
        name[1:].encode() for name in (*ACTIVE_KEYS, *ACTION_KEYS, *ACTIVE_ANNOTATIONS, "/JS")
    )
    + rb")(?![A-Za-z0-9])"
)
FILE_KEYS = {"/F", "/UF", "/DOS", "/Mac", "/Unix"}
DEEPEST = 64
SENTENCES = {
    "scripts": "scripts",
    "programs": "programs to start",
    "sending": "forms that send themselves",
    "imports": "imports of data",
    "other_documents": "ways into other documents",
    "attachments": "attached files",
    "triggers": "actions on opening, printing or typing",
    "xfa": "an XFA form",
    MEDIA: "sound, film and 3D",
}


def strip(pdf: pikepdf.Pdf) -> tuple[Notice, ...]:
    """Take all of it out of an open document; the notice names what was there."""
    found = _Search(removes=True)
    for each in pdf.objects:
        found.look_into(each)
    for page in pdf.pages:
        found.sift_annotations(page.obj)
    if not found.kinds:
        return ()
    named = ", ".join(SENTENCES[kind] for kind in SENTENCES if kind in found.kinds)
    return (Notice("active_content_removed", f"Active content was taken out: {named}."),)


def active_content(objects: Iterable[pikepdf.Object]) -> tuple[str, ...]:
    """The kinds of active content in these objects, in the order of ``SENTENCES``."""
    found = _Search(removes=False)
    for each in objects:
        found.look_into(each)
    return tuple(kind for kind in SENTENCES if kind in found.kinds)


class _Search:
    """``kinds`` are those found so far; with ``removes`` nothing of them is left."""

    def __init__(self, *, removes: bool) -> None:
        self.kinds: set[str] = set()
        self._removes = removes

    def look_into(self, holder: pikepdf.Object) -> None:
        """Look into an indirect object, but not into others that it refers to."""
        import pikepdf

        if isinstance(holder, pikepdf.Stream):
            holder = holder.stream_dict
        if isinstance(holder, pikepdf.Dictionary | pikepdf.Array):
            if WORTH_A_LOOK.search(holder.unparse(resolved=True)):
                self._look(holder, 0)

    def sift_annotations(self, page: pikepdf.Object) -> None:
        """Take the annotations out of a page that cannot be without what they do."""
        import pikepdf

        annotations = page.get("/Annots")
        if not isinstance(annotations, pikepdf.Array):
            return
        for index in reversed(range(len(annotations))):
            each = annotations[index]
            if isinstance(each, pikepdf.Dictionary) and _annotation_kind(each):
                del annotations[index]

    def _look(self, holder: pikepdf.Object, depth: int) -> None:
        import pikepdf

        if depth > DEEPEST:
            return
        if isinstance(holder, pikepdf.Array):
            for each in holder.as_list():
                self._look_below(each, depth)
            return
        kind = _annotation_kind(holder)
        if kind:
            self.kinds.add(kind)
        for key, value in list(holder.items()):
            kind = _kind_of_entry(holder, key, value)
            if kind:
                self.kinds.add(kind)
                if self._removes:
                    del holder[key]
                    continue
            self._look_below(value, depth)

    def _look_below(self, value: object, depth: int) -> None:
        import pikepdf

        if isinstance(value, pikepdf.Dictionary | pikepdf.Array) and not value.is_indirect:
            self._look(value, depth + 1)


def _annotation_kind(holder: pikepdf.Object) -> str:
    subtype = str(holder.get("/Subtype", ""))
    return ACTIVE_ANNOTATIONS.get(subtype, "") if "/Rect" in holder else ""


def _kind_of_entry(holder: pikepdf.Object, key: str, value: object) -> str:
    """What an entry does, nothing for most. The chain of an action (``Next``) may be a list."""
    import pikepdf

    if key in ACTIVE_KEYS:
        return ACTIVE_KEYS[key] if _is_meant(key, holder, value) else ""
    if key not in ACTION_KEYS:
        return ""
    if isinstance(value, pikepdf.Array) and key == "/Next":
        return next(filter(None, map(_action_kind, value.as_list())), "")
    return _action_kind(value)


def _is_meant(key: str, holder: pikepdf.Object, value: object) -> bool:
    """Whether an entry is the one that it is called like: resources bear any name."""
    import pikepdf

    if key in ("/XFA", "/NeedsRendering", "/Collection"):
        return ("/Fields" if key == "/XFA" else "/Pages") in holder and value is not False
    if key == "/AF":
        files = value.as_list() if isinstance(value, pikepdf.Array) else [value]
        return any(isinstance(each, pikepdf.Dictionary) and "/EF" in each for each in files)
    if not isinstance(value, pikepdf.Dictionary):
        return False
    if key == "/AA":
        return any(map(_is_action, value.values()))
    if key == "/EF":
        return bool(value.keys()) and value.keys() <= FILE_KEYS
    return "/Kids" in value or bool(value.get("/Names"))


def _is_action(value: object) -> bool:
    import pikepdf

    return isinstance(value, pikepdf.Dictionary) and str(value.get("/S")) in ACTIONS


def _action_kind(action: object) -> str:
    import pikepdf

    if not isinstance(action, pikepdf.Dictionary):
        return ""
    kind = action.get("/S")
    if not isinstance(kind, pikepdf.Name):
        return "scripts" if "/JS" in action else ""
    named = str(kind)
    if named == "/URI":
        target = action.get("/URI")
        is_active = isinstance(target, pikepdf.String) and ACTIVE_SCHEMES.match(bytes(target))
        return KINDS[named] if is_active else ""
    return "" if named in QUIET_ACTIONS else KINDS.get(named, MEDIA)
