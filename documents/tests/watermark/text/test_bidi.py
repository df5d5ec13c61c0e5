"""The order of text in two directions, by Unicode's own cases."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from documents.watermark.text import bidi

CASES = [
    line.split(";")
    for line in (Path(__file__).parent / "bidi_cases.txt").read_text().splitlines()
    if not line.startswith("#")
]
CLASSES = "L R AL EN ES ET AN CS NSM BN B S WS ON LRE LRO RLE RLO PDF LRI RLI FSI PDI".split()


def test_unicodes_cases():
    assert len(CASES) == 400
    for codes, direction, level, levels, order in CASES:
        text = "".join(chr(int(code, 16)) for code in codes.split())
        classes = [unicodedata.bidirectional(character) for character in text]
        base = int(direction) if direction != "2" else bidi.base_level(classes)
        found = bidi.embedding_levels(classes, text, base)
        kept = [at for at, each in enumerate(found) if each is not None]
        seen = bidi.visual_order([each for each in found if each is not None])
        assert base == int(level), codes
        assert ["x" if each is None else str(each) for each in found] == levels.split(), codes
        assert [str(kept[at]) for at in seen] == order.split(), codes


@given(st.lists(st.sampled_from(CLASSES), max_size=400))
def test_any_classes_have_levels(classes: list[str]):
    base = bidi.base_level(classes)
    found = bidi.embedding_levels(classes, "(" * len(classes), base)
    assert all(level is None or 0 <= level <= bidi.MAXIMUM_DEPTH + 1 for level in found)


@given(st.lists(st.integers(0, 6), max_size=50))
def test_visual_order_loses_nothing(levels: list[int]):
    assert sorted(bidi.visual_order(levels)) == list(range(len(levels)))


def test_characters_that_are_removed_stay_with_their_neighbour():
    assert bidi.levels_of("א\u200dב") == [1, 1, 1]
    assert bidi.levels_of("A\u200dב") == [0, 0, 1]
    assert bidi.levels_of("") == []
