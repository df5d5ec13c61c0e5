"""Content that does something when a document is opened or clicked (ISO 32000-2, 12.6, 13, 7.11).

Scripts, programs to start, forms that send themselves somewhere, attachments, XFA forms, media and
3D. What leads a reader about or to the web stays: places in the document, web addresses, layers
switched on and off.
"""

from __future__ import annotations

from ..outcome import Notice
from .active_kinds import MEDIA, WORTH_A_LOOK, kind_of_annotation, kind_of_entry, kind_of_loose

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pikepdf

# A stream whose data lie in a file on the reader's machine (7.3.8.2).
OUTSIDE = ("/F", "/FFilter", "/FDecodeParms")
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
    """Take all of it out of an open document; the notice names what was there.

    What nothing leads to any more is not written. What something odd still leads to is emptied,
    last, for empty it would not be known for what it is.
    """
    found = _Search(removes=True)
    for page in pdf.pages:
        found.sift_annotations(page.obj)
    for each in pdf.objects:
        found.look_into(each)
    found.empty_the_loose()
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
        self._loose: list[pikepdf.Object] = []

    def look_into(self, holder: pikepdf.Object) -> None:
        """Look into an indirect object, but not into others that it refers to."""
        import pikepdf

        if isinstance(holder, pikepdf.Stream):
            holder = holder.stream_dict
            self._look_for_data_outside(holder)
        if isinstance(holder, pikepdf.Dictionary | pikepdf.Array):
            if WORTH_A_LOOK.search(holder.unparse(resolved=True)):
                for each in self._dictionaries_in(holder):
                    self._look_at(each)

    def sift_annotations(self, page: pikepdf.Object) -> None:
        """Take the annotations out of a page that cannot be without what they do."""
        import pikepdf

        annotations = page.get("/Annots")
        if not isinstance(annotations, pikepdf.Array):
            return
        for index in reversed(range(len(annotations))):
            each = annotations[index]
            if isinstance(each, pikepdf.Dictionary) and (kind := kind_of_annotation(each)):
                self.kinds.add(kind)
                del annotations[index]

    def empty_the_loose(self) -> None:
        """Leave nothing in actions and annotations that are still there."""
        for each in self._loose:
            for key in list(each.keys()):
                del each[key]

    def _dictionaries_in(self, holder: pikepdf.Object) -> Iterator[pikepdf.Object]:
        """All of them, however deep; what is taken out of one meanwhile is not gone into."""
        import pikepdf

        waiting = [holder]
        while waiting:
            each = waiting.pop()
            if isinstance(each, pikepdf.Dictionary):
                yield each
            values = each.as_list() if isinstance(each, pikepdf.Array) else each.values()
            waiting += [
                value
                for value in values
                if isinstance(value, pikepdf.Dictionary | pikepdf.Array) and not value.is_indirect
            ]

    def _look_at(self, holder: pikepdf.Object) -> None:
        if kind := kind_of_loose(holder):
            self.kinds.add(kind)
            self._loose.append(holder)
        for key, value in list(holder.items()):
            if kind := kind_of_entry(holder, key, value):
                self.kinds.add(kind)
                if self._removes:
                    del holder[key]

    def _look_for_data_outside(self, entries: pikepdf.Object) -> None:
        if "/F" not in entries:
            return
        self.kinds.add("other_documents")
        for key in OUTSIDE:
            if self._removes and key in entries:
                del entries[key]
