"""What the document's catalogue says about changing it (ISO 32000-2, 12.8)."""

from __future__ import annotations

from ..errors import Signed
from ..outcome import RIGHTS_REMOVED, SIGNATURES_BROKEN
from ..reading.signatures import is_signed, usage_rights
from ..spec import SignaturePolicy
from ..syntax.lexer import dictionary_at, reference_number
from ..syntax.unreadable import Unreadable
from .edits import Edit, edited

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from ..outcome import Notice
    from ..reading.page_tree import PageTree
    from ..spec import WatermarkSpec
    from .tail_writer import TailWriter

PERMISSIONS = b"/Perms"


def check_signatures(tree: PageTree, spec: WatermarkSpec) -> tuple[Notice, ...]:
    """What is to be told of a signed document; raises Signed where it is to be left alone."""
    if not is_signed(tree.file, tree.catalog):
        return ()
    if spec.preserve_signatures is SignaturePolicy.REFUSE:
        raise Signed
    return (SIGNATURES_BROKEN,)


def drop_usage_rights(tree: PageTree, writer: TailWriter) -> tuple[Notice, ...]:
    """Take out Reader's usage rights, which any change makes invalid.

    Left in, they make Reader complain about a document that is otherwise well (12.8.2.3).
    """
    rights = usage_rights(tree.file, tree.catalog)
    if not rights:
        return ()
    root = reference_number(tree.file.trailer.get(b"/Root"))
    if root is None:
        raise Unreadable("the catalogue is no object of its own")
    text = tree.file.object_text(root)
    catalog = dictionary_at(text)
    start, end = catalog.entries[PERMISSIONS]
    permissions = tree.file.dictionary(text[start:end])
    kept = b"".join(
        b"%s %s" % (key, value)
        for key, value in (permissions.texts() if permissions else {}).items()
        if key not in rights
    )
    edit = Edit(start, end, b"<<%s>>" % kept if kept else b" null")
    writer.replace(root, edited(text, [edit], catalog.end))
    return (RIGHTS_REMOVED,)
