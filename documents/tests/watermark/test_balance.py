"""Reading what content leaves open."""

from __future__ import annotations

import random

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from documents.watermark.append.balance import Balance, balance_of


@pytest.mark.parametrize(
    ("content", "balance"),
    [
        (b"", Balance()),
        (b"q 1 0 0 1 0 0 cm Q", Balance()),
        (b"q", Balance(unclosed=1)),
        (b"Q", Balance(unopened=1)),
        (b"Q q", Balance(unopened=1, unclosed=1)),
        (b"q Q Q Q q", Balance(unopened=2, unclosed=1)),
        (b"q[1]0 d Q", Balance()),
        (b"q/GS gs", Balance(unclosed=1)),
        (b"[(a)]TJ Q", Balance(unopened=1)),
        (b"/q gs /Q gs", Balance()),
        (b"(q q) Tj <51> Tj % q", Balance()),
        (b"(a (b (c) q) q) Tj q", Balance(unclosed=1)),
        (b"(a \\( q) Tj Q", Balance(unopened=1)),
        (b"BT (q) Tj", Balance(has_open_text=True)),
        (b"BT ET ET BT ET", Balance()),
        (b"/A BMC /B <</C 1>>BDC EMC", Balance(open_marked_content=1)),
        (b"EMC EMC /A BMC", Balance(open_marked_content=1)),
        (b"BI /W 1 ID q ( [ EI Q", Balance(unopened=1)),
        (b"(never ends", Balance(is_torn=True)),
        (b"[ 1 2", Balance(is_torn=True)),
        (b"<< /A [ >>", Balance(is_torn=True)),
        (b"BI /W 1 ID \x00\x01", Balance(is_torn=True)),
        (b"quick Quit BTW", Balance()),
        # Not torn in truth; setting it apart as a form does no harm.
        (b"(a BI /W ID) Tj q", Balance(is_torn=True)),
        (b"(((((deep))))) Tj q", Balance(is_torn=True)),
    ],
)
def test_balance(content, balance):
    assert balance_of(content) == balance


@given(st.lists(st.sampled_from([b"q", b"Q", b"(q)", b"[q]", b"1", b"/q"]), max_size=40))
@settings(max_examples=200, deadline=None)
def test_opening_and_closing_leave_the_state_as_it_was(words):
    content = b" ".join(words)
    balance = balance_of(content)
    depth, whole = 0, balance.opening + content + balance.closing
    for word in whole.split():
        depth += {b"q": 1, b"Q": -1}.get(word, 0)
        assert depth >= 0
    assert depth == 0


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_bytes_have_a_balance(content):
    balance = balance_of(content)
    assert balance.unopened >= 0
    assert balance.unclosed >= 0


@pytest.mark.filterwarnings("ignore:Unexpected end of stream")
def test_agrees_with_a_real_parser():
    """On content without errors, qpdf's parser counts the same operators."""
    pieces = [b"q", b"Q", b"BT", b"ET", b"(q \\) Q)Tj", b"[(q)3]TJ", b"/q gs", b"<</Q 1>>", b"1 w"]
    dice = random.Random(7)  # noqa: S311 - the same content every time
    for _ in range(50):
        content = b"\n".join(dice.choices(pieces, k=30)) + b"\n"
        pdf = pikepdf.new()
        parsed = pikepdf.parse_content_stream(pikepdf.Stream(pdf, content))
        operators = [str(instruction.operator) for instruction in parsed]
        depth = operators.count("q") - operators.count("Q")
        balance = balance_of(content)
        assert balance.unclosed - balance.unopened == depth


@pytest.mark.parametrize(
    "piece",
    [b"(", b"(a", b"((a)", b"\\(", b"(\\", b"BI ", b"BI /a ID ", b"[", b"<", b"<a", b"q ", b"%"],
)
def test_hostile_content_takes_linear_time(piece):
    """Quadratic time would make these a matter of hours."""
    balance_of(piece * (1_000_000 // len(piece)))
