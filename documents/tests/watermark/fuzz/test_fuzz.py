"""A thousand cases of what nobody would write."""

from __future__ import annotations

import base64
import zlib
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from documents.tests.watermark.fuzz import building, seeds
from documents.tests.watermark.fuzz.bending import bent
from documents.tests.watermark.fuzz.trying import Trial

BENT_CASES = 700
BUILT_CASES = 300


@pytest.fixture(scope="module")
def trial():
    it = Trial()
    yield it
    it.close()


def packed(data: bytes) -> str:
    """A document as text that can be pasted: ``zlib.decompress(base64.b85decode(…))``."""
    return base64.b85encode(zlib.compress(data, 9)).decode()


def test_bent_documents(trial):
    """Most are marked or refused for a reason, none does harm."""
    documents = seeds.documents()
    assert len(documents) == 20
    assert {trial.verdict(data) for data in documents} == {"marked", "signed"}
    verdicts = Counter()
    bad = []
    for seed in range(BENT_CASES):
        data = bent(seed, documents)
        verdict = trial.verdict(data, seed)
        verdicts[verdict] += 1
        if verdict.startswith("!"):
            bad.append((seed, verdict, packed(data)))
    assert bad == []
    assert verdicts["marked"] > BENT_CASES / 2
    assert len(verdicts) > 3


@given(data=building.documents(), options=st.integers(0, 2))
@settings(
    max_examples=BUILT_CASES,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_built_documents(trial, data, options):
    assert not trial.verdict(data, options).startswith("!"), packed(data)
