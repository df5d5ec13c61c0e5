"""Putting up a page tree anew where qpdf gives up on what stands there (ISO 32000-2, 7.7.3)."""

from __future__ import annotations

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Iterator

    import pikepdf

INHERITABLE = ("/Resources", "/MediaBox", "/CropBox", "/Rotate")
MOST_PAGES = 1_000_000
DEEPEST = 200


def rebuild(pdf: pikepdf.Pdf) -> None:
    """A flat tree of the pages that walking the old one comes by, in their order.

    A node that stands in several places gives its pages to each; one below itself gives nothing.
    """
    import pikepdf

    catalog = pdf.Root
    if not isinstance(catalog.get("/Pages"), pikepdf.Dictionary):
        return
    kids = []
    for page, inherited in _pages(catalog.Pages):
        for key, value in inherited.items():
            if key not in page:
                page[key] = value
        kids.append(page if page.is_indirect else pdf.make_indirect(page))
        if len(kids) > MOST_PAGES:
            return
    catalog.Pages = pdf.make_indirect(
        pikepdf.Dictionary(Type=pikepdf.Name.Pages, Kids=pikepdf.Array(kids), Count=len(kids))
    )


def _pages(root: pikepdf.Object) -> Iterator[tuple[pikepdf.Object, dict[str, pikepdf.Object]]]:
    """Each page with what it inherits; what has no kids is one."""
    import pikepdf

    nodes: list[tuple[pikepdf.Object, dict[str, pikepdf.Object], frozenset[tuple[int, int]]]]
    nodes, left = [(root, {}, frozenset())], MOST_PAGES
    while nodes and left:
        node, inherited, above = nodes.pop()
        left -= 1
        if not isinstance(node, pikepdf.Dictionary) or node.objgen in above or len(above) > DEEPEST:
            continue
        kids = node.get("/Kids")
        if not isinstance(kids, pikepdf.Array):
            yield node, inherited
            continue
        own = {key: node[key] for key in INHERITABLE if key in node}
        within = above | {node.objgen} if node.is_indirect else above
        nodes += [(kid, inherited | own, within) for kid in reversed(kids.as_list())]
