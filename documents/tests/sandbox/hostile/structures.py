"""Trees, loops, chains and numbers that no honest writer writes."""

from __future__ import annotations

from documents.tests import builders

CATALOG = b"<</Type/Catalog/Pages 2 0 R%s>>"
TREE = b"<</Type/Pages/Count 1/Kids[3 0 R]>>"
BOX = b"/MediaBox[0 0 612 792]"
PAGE = b"<</Type/Page/Parent 2 0 R/Contents 4 0 R%s%s>>"
CONTENT = builders.stream(b"0 0 m 9 9 l S\n" * 9)


def made(
    catalog: bytes = b"",
    page: bytes = b"",
    tree: bytes = TREE,
    trailer: bytes = b"",
    box: bytes = BOX,
    more: dict[int, bytes] | None = None,
) -> bytes:
    """One page, and what is wrong with it."""
    objects = {1: CATALOG % catalog, 2: tree, 3: PAGE % (box, page), 4: CONTENT, **(more or {})}
    return builders.document(objects, trailer=trailer)


def deep_tree(depth: int) -> bytes:
    nodes = {
        number: b"<</Type/Pages/Count 1/Kids[%d 0 R]/Parent %d 0 R>>" % (number + 1, number - 1)
        for number in range(10, 10 + depth)
    }
    last = 10 + depth
    leaf = {last: b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 9 9]>>" % (last - 1)}
    return made(tree=b"<</Type/Pages/Count 1/Kids[10 0 R]>>", more=nodes | leaf)


def chain(length: int) -> bytes:
    """Objects that are nothing but references to the next."""
    links = {number: b"%d 0 R" % (number + 1) for number in range(10, 10 + length)}
    return made(page=b"/Rotate 10 0 R", more=links)


def long_history(sections: int) -> bytes:
    data = made()
    for _each in range(sections):
        start = int(data[data.rindex(b"startxref") :].split()[1])
        at = len(data)
        data += b"xref\n0 0\ntrailer\n<</Size 5/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (
            start,
            at,
        )
    return data


def loop_of_sections() -> bytes:
    data = made()
    at = data.rindex(b"xref\n0 ")
    return data.replace(b"trailer\n<<", b"trailer\n<</Prev %d" % at)


def object_streams_in_each_other() -> bytes:
    entries = b"/Type/ObjStm/N 1/First 4/Extends %d 0 R"
    streams = {
        20: builders.stream(b"21 0 <</A 20 0 R>>", entries % 21),
        21: builders.stream(b"20 0 <</A 21 0 R>>", entries % 20),
    }
    return made(more=streams)


def outlines(count: int) -> bytes:
    items = {
        number: b"<</Title(x)/Parent 9 0 R/Next %d 0 R/First 9 0 R/Dest[3 0 R/Fit]>>" % (number + 1)
        for number in range(10, 10 + count)
    }
    return made(
        catalog=b"/Outlines 9 0 R", more={9: b"<</First 10 0 R/Last 10 0 R/Count 9>>", **items}
    )


def secured(entries: bytes) -> bytes:
    return made(
        trailer=b"/ID[<00><00>]/Encrypt<</Filter/Standard%s>>" % entries,
    )


INSIDE = (b"<</Type/Catalog/Pages 2 0 R>>", TREE, b"<</Type/Page/Parent 2 0 R%s>>" % BOX)
OWN_PLACE = b"\1%b\0\0"  # with room for an offset


def packed(
    entries: bytes = b"/N 3/First 16", *, own_place: bytes = OWN_PLACE, first: int = 0
) -> bytes:
    """All but an object stream in an object stream with these entries (7.5.7).

    ``own_place``: what the cross references say of that stream itself; ``first``: where it says
    its first object is.
    """
    second = len(INSIDE[0])
    head = b"1 %d 2 %d 3 %d" % (first, second, second + len(INSIDE[1]))
    body = builders.stream(head.ljust(16) + b"".join(INSIDE), b"/Type/ObjStm" + entries)
    file = b"%PDF-1.7\n"
    place = own_place.replace(b"%b", len(file).to_bytes(4, "big"))
    file += b"5 0 obj\n%s\nendobj\n" % body
    rows = b"".join(b"\2\0\0\0\5\0%c" % index for index in range(3))
    xref = builders.stream(
        bytes(7) + rows + bytes(7) + place, b"/Type/XRef/Root 1 0 R/Size 6/W[1 4 2]"
    )
    return file + b"6 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF" % (xref, len(file))


def nested(opening: bytes, closing: bytes, depth: int) -> bytes:
    return b"/X " + opening * depth + closing * depth


LONG = b"<%s>" % (b"00" * (1 << 20))
STRUCTURES = {
    "nothing": lambda: b"",
    "a header": lambda: b"%PDF-1.7\n",
    "cut": lambda: made()[:200],
    "zeros": lambda: b"%PDF-1.7\n" + bytes(5_000_000),
    "newlines": lambda: b"%PDF-1.7\n" + b"\n" * 3_000_000,
    "many lines of objects": lambda: b"%PDF-1.7\n" + b"1 0 obj\n" * 400_000,
    "many headers": lambda: b"%PDF-1.7\n" * 200_000,
    "many ends": lambda: made() + b"startxref\n9\n%%EOF\n" * 100_000,
    "large table": lambda: made().replace(b"0 5\n", b"0 99999999\n"),
    "size of billions": lambda: made().replace(b"/Size 5", b"/Size 2147483647"),
    "size below nothing": lambda: made().replace(b"/Size 5", b"/Size -5"),
    "start beyond": lambda: made().replace(b"startxref\n", b"startxref\n9999999999999"),
    "root of itself": lambda: made(trailer=b"/Root 1 0 R/Info 1 0 R/Prev 0"),
    "history in a loop": loop_of_sections,
    "long history": lambda: long_history(3000),
    "hybrid in a loop": lambda: loop_of_sections().replace(b"/Prev", b"/XRefStm"),
    "arrays in arrays": lambda: made(page=nested(b"[", b"]", 50_000)),
    "dictionaries in dictionaries": lambda: made(page=nested(b"<</X ", b">>", 50_000)),
    "arrays without end": lambda: made(page=b"/X " + b"[" * 100_000),
    "strings in strings": lambda: made(page=b"/X (" + b"(" * 100_000 + b")" * 100_000 + b")"),
    "a name of megabytes": lambda: made(page=b"/" + b"#41" * 1_000_000 + b" 1"),
    "a number of megabytes": lambda: made(page=b"/Rotate " + b"9" * 1_000_000),
    "a comment of megabytes": lambda: made(page=b"%" + b"x" * 5_000_000 + b"\n"),
    "many keys": lambda: made(page=b"".join(b"/K%d 1" % each for each in range(100_000))),
    "an odd length": lambda: made(more={4: b"<</Length 4 0 R>>stream\nq Q\nendstream"}),
    "a length of billions": lambda: made(more={4: b"<</Length 4294967295>>stream\nq\nendstream"}),
    "deep tree": lambda: deep_tree(3000),
    "deeper tree": lambda: deep_tree(40_000),
    "tree in a loop": lambda: made(
        tree=b"<</Type/Pages/Count 1/Kids[5 0 R]>>",
        more={5: b"<</Type/Pages/Kids[2 0 R 5 0 R]/Count 1/Parent 2 0 R>>"},
    ),
    "parents in a loop": lambda: made(
        tree=b"<</Type/Pages/Count 1/Kids[3 0 R]/Parent 5 0 R>>",
        more={5: b"<</Type/Pages/Parent 2 0 R>>", 3: b"<</Type/Page/Parent 2 0 R>>"},
    ),
    "a tree that doubles": lambda: made(
        tree=b"<</Type/Pages/Count 9/Kids[10 0 R 10 0 R]>>",
        more={
            number: b"<</Type/Pages/Count 9/Kids[%d 0 R %d 0 R]>>" % (number + 1, number + 1)
            for number in range(10, 60)
        },
    ),
    "two billion pages": lambda: made(tree=b"<</Type/Pages/Count 2147483647/Kids[3 0 R]>>"),
    "a page 200,000 times": lambda: made(
        tree=b"<</Type/Pages/Count 200000/Kids[%s]>>" % (b"3 0 R " * 200_000)
    ),
    "a million kids": lambda: made(
        tree=b"<</Type/Pages/Count 1/Kids[%s]>>" % (b"null " * 1_000_000 + b"3 0 R")
    ),
    "a reference to itself": lambda: made(page=b"/Rotate 9 0 R", more={9: b"9 0 R"}),
    "a chain of references": lambda: chain(20_000),
    "contents of itself": lambda: made(more={4: b"[4 0 R 4 0 R]"}),
    "object streams in each other": object_streams_in_each_other,
    "object stream that extends itself": lambda: packed(b"/N 3/First 16/Extends 5 0 R"),
    "object stream in itself": lambda: packed(own_place=b"\2\0\0\0\5\0\0"),
    "object stream of billions": lambda: packed(b"/N 2147483647/First 16"),
    "object stream below nothing": lambda: packed(b"/N -3/First -16"),
    "object stream begun beyond": lambda: packed(b"/N 3/First 99999999999999999999"),
    "object stream of its own length": lambda: packed(b"/N 1 0 R/First 2 0 R/Extends 1 0 R"),
    "object stream of places beyond": lambda: packed(first=99_999),
    "object stream of places before": lambda: packed(first=-9),
    "names with a zero": lambda: made(page=b"/A#00B 1/#00 2/Resources<</Font<</#00#00<<>>>>>>"),
    "names of nothing": lambda: made(page=b"/ 1/ 2/Resources<</ << / / >> >>"),
    "a length below nothing": lambda: made(
        more={4: b"<</Length -9223372036854775808>>stream\nq Q\nendstream"}
    ),
    "a length of length": lambda: made(
        more={4: b"<</Length 8 0 R>>stream\nq Q\nendstream", 8: b"<</Length 8 0 R>>"}
    ),
    "numbers too large": lambda: made(page=b"/Annots[99999999999 0 R 5 99999999999 R -1 0 R]"),
    "fields in a loop": lambda: made(
        catalog=b"/AcroForm<</Fields[8 0 R]>>", more={8: b"<</T(a)/Kids[%s]>>" % (b"8 0 R " * 999)}
    ),
    "outlines in a loop": lambda: outlines(2000),
    "names in a loop": lambda: made(
        catalog=b"/Names<</Dests 8 0 R/EmbeddedFiles 8 0 R>>", more={8: b"<</Kids[8 0 R 8 0 R]>>"}
    ),
    "structure in a loop": lambda: made(
        catalog=b"/StructTreeRoot 8 0 R",
        more={8: b"<</Type/StructTreeRoot/K[8 0 R]/ParentTree 8 0 R>>"},
    ),
    "sealed with a long key": lambda: secured(b"/V 2/R 3/Length 2147483640/P -4/O<00>/U<00>"),
    "sealed with long strings": lambda: secured(b"/V 5/R 6/P -4/O%b/U%b/OE%b/UE%b" % ((LONG,) * 4)),
    "sealed in revision billions": lambda: secured(b"/V 5/R 2147483647/O()/U()/P 99999999999"),
    "sealed without a key": lambda: secured(b"/V 1/R 2/Length 0/P 0/O<>/U<>"),
    "sealed by words": lambda: secured(b"/V/Name/R(two)/P[1]/O 5/U<<>>/CF 1 0 R/StmF[/StdCF]"),
    "sealed by itself": lambda: secured(b"/V 4/R 4/CF<</StdCF 3 0 R>>/StmF/StdCF/StrF 1 0 R"),
}
