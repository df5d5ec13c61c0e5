"""A thousand cases of what nobody would write."""

from __future__ import annotations

import base64
import zlib
from collections import Counter

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from documents.tests.watermark.fuzz import building, seeds
from documents.tests.watermark.fuzz.bending import bent
from documents.tests.watermark.fuzz.trying import Trial

BENT_CASES = 700
BUILT_CASES = 300
# Its page has a width and no height: pdfium refuses to draw that.
WITHOUT_HEIGHT = (
    "c-qBN%WB&|6io>MBj~C>a5sjuG}VlrF$6*5L^w31eoVVDS}4}YQR-@3X+qp&omDsafUfcb{f90JX=!8VAGANxk!("
    "x0W#hh}5(ws;qjT?^J5#Rj*<1LLDV4wfxcw$!K){Ypq@5j^yy;W9>T<Wox^ms^(ijxMHZ4n{p_ho1S+Q6NT7D9EF"
    "|={21wlQfUf}Ms0kjidLkLua9Qkn=G9Hiqu`I~sRTgp@=8Pkd(~yHUUE`33U4A@rY{Jyn$-7hY?#6P{w5*s%)O{u"
    "G5|C{SSOemVo<I?85f3)WF@@KsLFXkLMeHmDpAGH<Ie~owIIR$MllFxkjASzqQSg(BW8ZOYEw8;~`_+i`Gc<jjWz"
    "ye+=Z%*M^Pu!%P!-t@dYneG-E%qJqaEhaEW5$GSZWN<RD!fd>7a#h9Vw_@I%o__H?`-R55F9KeNlVxNxp5>KEEH5"
    "(oM5}w}A*+`*6)SI_p>G8|wPi$7^z_t=+k}_qLdxu{yoUA;DUD9_A0t#L3K^W^<W6f3u5U3f7scnbBxLL;q&7tLC"
    "`9GPYF?mH&8Uu=0oP|6SHgrr0(s3T)}4QRe{-BI-*BFp^OAfT8QE4nAZU7B?zo!W<J@pT`uuUBFaLDPZ~nKVyNPs"
    "cHqRV&ZuWBh}0?5j&m`*q9RY$PIclO2*L&&M9D3ZZgKxnI<<Z=5EB(Jg}-5Qn|eU%$9xvCSR^D"
)


@pytest.fixture(scope="module")
def trial():
    it = Trial()
    yield it
    it.close()


def unpacked(text: str) -> bytes:
    """The document that ``packed`` has made into text."""
    return zlib.decompress(base64.b85decode(text))


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


@example(data=unpacked(WITHOUT_HEIGHT), options=2)
@given(data=building.documents(), options=st.integers(0, 2))
@settings(
    max_examples=BUILT_CASES,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_built_documents(trial, data, options):
    assert not trial.verdict(data, options).startswith("!"), packed(data)
