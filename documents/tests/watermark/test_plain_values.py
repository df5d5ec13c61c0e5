"""Small objects as Python values, and the bounds of what is taken."""

from __future__ import annotations

import pytest

from documents.watermark.reading.plain_values import plain_value, string_bytes
from documents.watermark.syntax.unreadable import Unreadable
from documents.watermark.syntax.values import Name, Ref


class File:
    """References lead to ``objects`` by number."""

    def __init__(self, **objects: bytes) -> None:
        self.objects = objects

    def resolve(self, text: bytes) -> bytes:
        return self.objects[f"o{int(text.split()[0])}"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"true", True),
        (b" null ", None),
        (b"-12", -12),
        (b"4.", 4),
        (b".5", 0.5),
        (b"/A#20B", Name("A B")),
        (b"7 0 R", Ref(7)),
        (b"[7 0 R 8 9]", [Ref(7), 8, 9]),
        (b"(a(b)\\)\\n\\101\\0\\\n\r\n)", b"a(b))\nA\x00\n"),
        (b"<4 1 4>", b"A@"),
        (b"<</A[1<</B/C>>]/D(x)>>", {"A": [1, {"B": Name("C")}], "D": b"x"}),
    ],
)
def test_values(text, value):
    assert plain_value(File(), text) == value


def test_strings():
    assert string_bytes(rb"(\)\\\(\500\7a)") == b")\\(@\x07a"
    assert string_bytes(b"(a\rb\r\nc)") == b"a\nb\nc"
    assert string_bytes(b"(a\\\r\nb)") == b"ab"
    assert string_bytes(b"()") == string_bytes(b"<>") == b""


def test_references_are_followed_as_deep_as_asked():
    file = File(o1=b"[2 0 R]", o2=b"<</A 2 0 R>>")
    assert plain_value(file, b"1 0 R", 1) == [Ref(2)]
    assert plain_value(file, b"1 0 R", 2) == [{"A": Ref(2)}]
    assert plain_value(file, b"1 0 R", 3) == [{"A": {"A": Ref(2)}}]


@pytest.mark.parametrize(
    "text",
    [b"", b">>", b"<</A>>", b"[1", b"(a", b"[" * 100 + b"]" * 100, b"[%s]" % (b"1 " * 20000)],
)
def test_what_is_no_value_or_too_large(text):
    with pytest.raises(Unreadable):
        plain_value(File(), text)


def test_loops_end():
    with pytest.raises(Unreadable):
        plain_value(File(o1=b"[1 0 R 1 0 R 1 0 R]"), b"1 0 R", 1000)
