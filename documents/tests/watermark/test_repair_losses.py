"""A repair that loses what a viewer shows is not taken for one."""

from __future__ import annotations

import io

import pytest

from documents.tests import builders
from documents.watermark.repair.comparing import Loss, check_for_losses

FULL = builders.plain(3)
EMPTY = builders.plain(3, content=b"")


def check(source: bytes, copy: bytes) -> None:
    check_for_losses(io.BytesIO(source), io.BytesIO(copy), None)


def test_the_same_and_more():
    check(FULL, FULL)
    check(FULL, builders.plain(4))
    check(FULL, builders.object_streams(3))
    check(b"%PDF-1.7\n no viewer shows it", EMPTY)


@pytest.mark.parametrize(
    ("copy", "is_of_pages"),
    [
        (builders.plain(2), True),
        (b"%PDF-1.7\n no viewer shows it", True),
        (EMPTY, False),
        (builders.plain(3, entries=builders.page_entries(rotate=90)), False),
        (builders.plain(3, content=builders.TEXT + b" 0 0 300 300 re f"), False),
    ],
)
def test_less_and_other(copy, is_of_pages):
    with pytest.raises(Loss) as caught:
        check(FULL, copy)
    assert caught.value.is_of_pages == is_of_pages


def test_pages_that_are_only_counted():
    check(FULL.replace(b"/Count 3", b"/Count 9"), FULL)
