"""Every kind of hostile document, once: it ends in time, with a copy or an error that has a code.

``python -m bench.chaos pdf_hostile`` takes all of them every way, and a thousand bent ones.
"""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from documents.tests import builders
from documents.tests.sandbox.hostile import DOCUMENTS
from documents.tests.sandbox.hostile.confusions import confused
from documents.tests.sandbox.hostile.drawings import DRAWINGS
from documents.tests.sandbox.hostile.trials import (
    ENDLESS,
    ENDS,
    LONG,
    MARKED,
    WAYS,
    limits_for,
    verdict_on,
)

SHORT_SECONDS = 2.0


def way_of(name: str) -> str:
    """Pictures, fonts and the like are harmless until they are drawn; the rest takes turns."""
    others = [way for way in WAYS if way != "pictures"]
    if name in DRAWINGS:
        return "pictures"
    return others[sorted(DOCUMENTS).index(name) % len(others)]


def test_there_are_many():
    assert len(DOCUMENTS) > 100
    assert all(DOCUMENTS[name]() for name in LONG)  # which nothing else here makes


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if name not in LONG | ENDLESS])
def test_it_ends_well_or_with_a_code(name):
    data, way = DOCUMENTS[name](), way_of(name)
    found = verdict_on(data, way, limits_for(data, way))
    assert found.code in ENDS - {"timeout"}
    assert found.harm == ()


@pytest.mark.parametrize("name", sorted(ENDLESS))
def test_the_clock_ends_what_has_no_end(name):
    data = DOCUMENTS[name]()
    limits = replace(limits_for(data, "pictures"), page_seconds=SHORT_SECONDS)
    found = verdict_on(data, "pictures", limits)
    assert (found.code, found.harm) == ("timeout", ())


@pytest.mark.parametrize("seed", range(0, 1360, 56))
def test_values_of_another_kind(seed):
    data, way = confused(seed), list(WAYS)[seed % len(WAYS)]
    found = verdict_on(data, way, limits_for(data, way))
    assert found.code in ENDS - {"timeout", "out_of_memory"}
    assert found.harm == ()


def test_seeds_give_the_same_again():
    assert confused(7) == confused(7) != confused(8)


def test_a_good_document_goes_on_beside_them():
    """What one child does to itself, its neighbour does not feel."""
    bad, good = DOCUMENTS["forms of forms"](), builders.plain(3)
    found = []

    def mark() -> None:
        found.append(verdict_on(bad, "pictures", limits_for(bad, "pictures")).code)

    beside = threading.Thread(target=mark)
    beside.start()
    while beside.is_alive():
        limits = limits_for(good, "standard")
        assert verdict_on(good, "standard", limits).code == MARKED
    assert found == ["out_of_memory"]
