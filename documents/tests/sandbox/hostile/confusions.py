"""Sound documents in which some entries have a value of another kind than they should.

Which entries and which values follows from a seed; every key of the documents has its turn.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from documents.tests import builders
from documents.tests.watermark.pdfs.pages import OBJECTS
from documents.tests.watermark.pdfs.writing import KINDS, file_of
from documents.tests.watermark.test_what_is_kept import EVERYTHING

PICTURE = b"/Type/XObject/Subtype/Image/Width 2/Height 2/BitsPerComponent 8/ColorSpace 52 0 R"
DRAWN = {
    **EVERYTHING,
    3: builders.stream(
        b"/G gs /F Do /I Do /S sh /Pattern cs /P scn 0 0 99 99 re f /C cs .5 sc 0 0 9 9 re f"
        b" BT /T 9 Tf (A) Tj /F1 9 Tf (A) Tj ET /L /M BDC EMC"
    ),
    5: b"<</Font<</F1 6 0 R/T 56 0 R>>/XObject<</F 50 0 R/I 51 0 R>>/ExtGState<</G 53 0 R>>"
    b"/Shading<</S 54 0 R>>/Pattern<</P 57 0 R>>/ColorSpace<</C 52 0 R>>/Properties<</M 59 0 R>>>>",
    50: builders.stream(
        b"0 0 9 9 re f",
        b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Matrix[1 0 0 1 0 0]/Resources 5 0 R"
        b"/Group<</S/Transparency/CS/DeviceRGB/I true/K false>>",
    ),
    51: builders.stream(bytes(4), PICTURE + b"/SMask 60 0 R/Decode[0 1]/Intent/Perceptual"),
    52: b"[/Separation/X/DeviceRGB 55 0 R]",
    53: b"<</Type/ExtGState/ca .5/BM/Multiply/SMask<</S/Luminosity/G 50 0 R>>/D[[1 2]0]/LW 2>>",
    54: b"<</ShadingType 2/ColorSpace/DeviceRGB/Coords[0 0 1 1]/Function 55 0 R"
    b"/Extend[true true]>>",
    55: b"<</FunctionType 2/Domain[0 1]/C0[0 0 0]/C1[1 1 1]/N 1>>",
    56: b"<</Type/Font/Subtype/Type3/FontBBox[0 0 9 9]/FontMatrix[.1 0 0 .1 0 0]/FirstChar 65"
    b"/LastChar 65/Widths[9]/Encoding<</Differences[65/A]>>/CharProcs<</A 58 0 R>>>>",
    57: builders.stream(
        b"0 0 9 9 re f",
        b"/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 9 9]/XStep 9/YStep 9/Resources<<>>",
    ),
    58: builders.stream(b"9 0 d0 0 0 9 9 re f"),
    59: b"<</Type/OCG/Name(a)/Usage<</Print<</PrintState/ON>>>>>>",
    60: builders.stream(
        bytes(4),
        b"/Type/XObject/Subtype/Image/Width 2/Height 2/BitsPerComponent 8/ColorSpace/DeviceGray",
    ),
}
ENTRY = re.compile(
    rb"/([A-Za-z0-9]+)\s*(\[[^\[\]]*\]|<<[^<>]*>>|\d+ \d+ R|/[A-Za-z0-9]+|\([^()]*\)"
    rb"|-?[\d.]+|true|false|null)"
)
ODD = (
    *(b"null", b"true", b"0", b"-1", b".00000001", b"65536", b"2147483648", b"-2147483649"),
    *(
        b"18446744073709551616",
        b"1e400",
        b"nan",
        b"()",
        b"(text)",
        b"<00>",
        b"/Name",
        b"/#00",
        b"/",
    ),
    *(b"[]", b"[[[[]]]]", b"[null null null null]", b"[0 0 0 0]", b"[/Indexed 9 0 R 255 ()]"),
    *(b"<<>>", b"<</Type/Page/Kids[2 0 R]/Length 9>>", b"1 0 R", b"2 0 R", b"3 0 R", b"4 0 R"),
    *(b"5 0 R", b"50 0 R", b"52 0 R", b"56 0 R", b"9999 0 R", b"1 65535 R", b"0 0 R"),
)
MOST_AT_ONCE = 3


def confused(seed: int) -> bytes:
    """The document of this seed."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    objects = dict(DRAWN if chance.random() < 0.8 else OBJECTS)
    places = [
        (number, match.span(2))
        for number, body in objects.items()
        for match in ENTRY.finditer(body.partition(b"stream\n")[0])
    ]
    # One that goes round, so that a thousand seeds leave none out.
    chosen = [places[seed % len(places)], *chance.sample(places, chance.randrange(MOST_AT_ONCE))]
    for number, (start, end) in sorted(set(chosen), reverse=True):
        objects[number] = (
            objects[number][:start] + b" " + chance.choice(ODD) + objects[number][end:]
        )
    return file_of(objects, chance.choice(KINDS))


def confusions(seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    """So many, with their names."""
    for each in range(seed, seed + count):
        yield f"confused {each}", confused(each)
