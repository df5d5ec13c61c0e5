"""Making forms known to pages through their resources (ISO 32000-2, 7.8.3).

Many pages share one dictionary of resources, or one of forms; each is changed once.
"""

from __future__ import annotations

from ..syntax.lexer import dictionary_at, reference_number
from ..syntax.unreadable import Unreadable
from .edits import Edit, edited

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from ..reading.page_tree import Inherited, PageNode
    from ..syntax.lexer import DictionarySpans
    from ..syntax.values import Ref
    from .shapes import AlikeResources
    from .tail_writer import TailWriter

RESOURCES, FORMS = b"/Resources", b"/XObject"
WHITE = b"\x00\t\n\x0c\r "


class NameTaken(Exception):
    """A page has a resource by the name that ours was to have."""


class ResourcePatcher:
    """Adds ``names``, the text of dictionary entries such as ``/A 12 0 R/B 13 0 R``, everywhere.

    Every name of ours begins with ``stem``; raises NameTaken where another one does too.
    """

    def __init__(
        self, writer: TailWriter, stem: bytes, names: bytes, alike: AlikeResources | None = None
    ) -> None:
        self._writer = writer
        self._file = writer.file
        self._stem = stem
        self._names = names
        self._alike = alike
        self._done: set[int] = set()

    def serve(self, number: int) -> bool:
        """Change an object if it is a dictionary of resources; False if it is not."""
        if number in self._done:
            return True
        if self._alike:
            location = self._file.locate(number)
            alike = self._alike.edited(self._file.text_at(number, location).strip(WHITE))
            if alike is not None:
                self._done.add(number)
                self._writer.replace_at(number, location, alike)
                return True
        if self._file.first_sign(number) != b"<<":
            return False
        self.serve_object(number)
        return True

    def edits_for(self, page: PageNode, entries: DictionarySpans) -> list[Edit]:
        """The edits of a page after which it knows the names; what it shares is changed, too."""
        span = entries.entries.get(RESOURCES)
        if span is None:
            if self._serve_inherited(page.inherited):
                return []
            end = entries.inner_end
            return [Edit(end, end, b"/Resources<</XObject<<%s>>>>" % self._names)]
        text = page.text[span[0] : span[1]]
        number = reference_number(text)
        if number is not None:
            if self._is_dictionary(number):
                self.serve_object(number)
                return []
        elif text[:2] == b"<<":
            return [edit.moved(span[0]) for edit in self._edits(text)]
        if self._file.resolve(text) != b"null":
            raise Unreadable("the resources of a page are no dictionary")
        # The page then inherits (7.3.7), but not every viewer knows: it gets what it inherits.
        return [self.private_edit(page, entries, self._names)]

    def _serve_inherited(self, inherited: Inherited) -> bool:
        """Change the resources that a page inherits; False where there are none."""
        text = inherited.resources
        if text is None or text == b"null":
            return False
        number = reference_number(text)
        if number is None:
            self.serve_object(inherited.owner, RESOURCES)
            return True
        if not self._is_dictionary(number):
            return False
        self.serve_object(number)
        return True

    def _is_dictionary(self, number: int) -> bool:
        return self._file.resolve(b"%d 0 R" % number)[:2] == b"<<"

    def serve_object(self, number: int, inside: bytes = b"") -> None:
        """Change an object: a dictionary of resources, or a node that has one ``inside``."""
        if number in self._done:
            return
        self._done.add(number)
        text = self._file.object_text(number).strip(WHITE)
        further = reference_number(text)
        if further is not None:
            self.serve_object(further, inside)
            return
        if inside:
            start, end = dictionary_at(text).entries[inside]
            edits = [edit.moved(start) for edit in self._edits(text[start:end])]
        else:
            edits = self._edits(text)
        if edits:
            end = dictionary_at(text).end
            self._writer.replace(number, edited(text, edits, end))
            if self._alike and not inside:
                self._alike.learn(text[:end], edits)

    def _edits(self, text: bytes) -> list[Edit]:
        """The edits of a dictionary of resources, none where its forms stand elsewhere."""
        spans = dictionary_at(text)
        span = spans.entries.get(FORMS)
        if span is None:
            end = spans.inner_end
            return [Edit(end, end, b"/XObject<<%s>>" % self._names)]
        forms = text[span[0] : span[1]]
        number = reference_number(forms)
        if number is not None and self._is_dictionary(number):
            self._serve_forms(number)
            return []
        if forms[:2] != b"<<":
            return [Edit(*span, b"<<%s>>" % self._names)]
        return [edit.moved(span[0]) for edit in self._form_edits(forms)]

    def _serve_forms(self, number: int) -> None:
        if number in self._done:
            return
        self._done.add(number)
        text = self._file.object_text(number).strip(WHITE)
        further = reference_number(text)
        if further is not None:
            self._serve_forms(further)
            return
        self._writer.replace(number, edited(text, self._form_edits(text), dictionary_at(text).end))

    def _form_edits(self, text: bytes) -> list[Edit]:
        spans = dictionary_at(text)
        if any(key.startswith(self._stem) for key in spans.entries):
            raise NameTaken
        end = spans.inner_end
        return [Edit(end, end, b" " + self._names)]

    def private_edit(self, page: PageNode, entries: DictionarySpans, names: bytes) -> Edit:
        """The edit that gives a page resources of its own, with these names in them."""
        text = own_resources(self._writer, page, entries)
        spans = dictionary_at(text)
        span = spans.entries.get(FORMS)
        forms = self._file.dictionary(text[span[0] : span[1]]) if span else None
        if forms is None:
            inner = b""
        else:
            if any(key.startswith(self._stem) for key in forms.entries):
                raise NameTaken
            start = forms.text.find(b"<<") + 2
            inner = forms.text[start : forms.inner_end] + b" "
        patched = b"<<%s%s>>" % (inner, names)
        if span is None:
            end = spans.inner_end
            whole = edited(text, [Edit(end, end, b"/XObject" + patched)], spans.end)
        else:
            whole = edited(text, [Edit(*span, patched)], spans.end)
        place = entries.entries.get(RESOURCES)
        if place is None:
            end = entries.inner_end
            return Edit(end, end, b"/Resources" + whole)
        return Edit(*place, whole)


def own_resources(
    writer: TailWriter, page: PageNode, entries: DictionarySpans, form: Ref | None = None
) -> bytes:
    """The text of a page's resources as it can stand in the page itself, or in a new ``form``."""
    file = writer.file
    text, holder = entries.get(RESOURCES) or b"null", page.number
    resolved = file.resolve(text)
    if resolved == b"null":
        text, holder = page.inherited.resources or b"null", page.inherited.owner
        resolved = file.resolve(text)
    number = reference_number(text)
    if resolved[:2] != b"<<":
        return b"<<>>"
    resolved = resolved[: dictionary_at(resolved).end]
    if file.security is None:
        return resolved
    from .encrypted_values import moved_text

    return moved_text(
        resolved,
        file.security,
        writer.cipher_of(number if number is not None else holder),
        (form.number, form.generation) if form else writer.cipher_of(page.number),
    )
