"""What the document's catalogue says about changing it (ISO 32000-2, 12.8)."""

from __future__ import annotations

from ..errors import Signed
from ..outcome import RIGHTS_REMOVED, SIGNATURES_BROKEN
from ..reading.signatures import is_signed, usage_rights
from ..spec import SignaturePolicy
from ..syntax.lexer import dictionary_at, reference_number, unescaped
from ..syntax.unreadable import Unreadable
from .edits import Edit, edited

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from ..outcome import Notice
    from ..reading.page_tree import PageTree
    from ..spec import WatermarkSpec
    from ..syntax.lexer import DictionarySpans
    from .tail_writer import TailWriter

PERMISSIONS, VERSION = b"/Perms", b"/Version"
WITH_TRANSPARENCY = b"1.4"  # clause 11 came with it


def check_signatures(tree: PageTree, spec: WatermarkSpec) -> tuple[Notice, ...]:
    """What is to be told of a signed document; raises Signed where it is to be left alone."""
    if not is_signed(tree.file, tree.catalog):
        return ()
    if spec.preserve_signatures is SignaturePolicy.REFUSE:
        raise Signed
    return (SIGNATURES_BROKEN,)


def update_catalog(tree: PageTree, writer: TailWriter) -> tuple[Notice, ...]:
    """Write the catalogue anew where a mark asks for it; what is to be told of that.

    Reader's usage rights go, since any change makes them invalid: left in, they make Reader
    complain about a document that is otherwise well (12.8.2.3). And a document from before there
    was transparency takes the version that has it (7.5.2, 7.7.2).
    """
    root = reference_number(tree.file.trailer.get(b"/Root"))
    if root is None:
        raise Unreadable("the catalogue is no object of its own")
    text = tree.file.object_text(root)
    catalog = dictionary_at(text)
    rights = usage_rights(tree.file, tree.catalog)
    edits = [*_without_rights(tree, catalog, rights), *_with_transparency(tree, catalog)]
    if edits:
        writer.replace(root, edited(text, edits, catalog.end))
    return (RIGHTS_REMOVED,) if rights else ()


def _without_rights(
    tree: PageTree, catalog: DictionarySpans, rights: tuple[bytes, ...]
) -> list[Edit]:
    if not rights:
        return []
    start, end = catalog.entries[PERMISSIONS]
    permissions = tree.file.dictionary(catalog.get(PERMISSIONS))
    kept = b"".join(
        b"%s %s" % (key, value)
        for key, value in (permissions.texts() if permissions else {}).items()
        if key not in rights
    )
    return [Edit(start, end, b"<<%s>>" % kept if kept else b" null")]


def _with_transparency(tree: PageTree, catalog: DictionarySpans) -> list[Edit]:
    span = catalog.entries.get(VERSION)
    given = unescaped(catalog.get(VERSION) or b"")[1:]
    if max(tree.file.version, given) >= WITH_TRANSPARENCY:
        return []
    if span is None:
        end = catalog.inner_end
        return [Edit(end, end, b"/Version/" + WITH_TRANSPARENCY)]
    return [Edit(*span, b"/" + WITH_TRANSPARENCY)]
