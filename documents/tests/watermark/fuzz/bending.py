"""Bytes of documents, bent: what a broken disk, a broken writer or an attacker would do."""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Callable, Sequence

NUMBERS = (b"0", b"-1", b"1", b"65535", b"65536", b"2147483648", b"99999999999", b"1e9", b".5")
WORDS = (
    *(b"<<", b">>", b"[", b"]", b"(", b")", b"null", b"true", b"stream\n", b"endstream"),
    *(b"endobj", b"xref\n", b"trailer", b"startxref\n", b"%%EOF\n", b"1 0 R", b"99999 0 R"),
    *(b"/Contents", b"/Kids", b"/Parent", b"/Prev 15", b"/XRefStm 15", b"/Type/Pages", b"\0" * 30),
    *(b"/Length 1", b"/Filter/FlateDecode", b"/W[1 0 0]", b"/Index[0 9]", b"/Encrypt 1 0 R"),
    *(b"/Extends 7 0 R", b"/N 99999999", b"/First 99999999", b"/Size 1", b"%", b"#", b"\\"),
)
TOKEN = re.compile(rb"/[A-Za-z0-9#]+|\d+ \d+ R|[-+.\d]+|<<|>>|\[|\]|\([^()]{0,40}\)|[a-z]{3,9}")
COMPRESSED = re.compile(rb"FlateDecode[^>]*>>\s*stream\r?\n")
Chance = random.Random


def flip(chance: Chance, data: bytearray, _: Sequence[bytes]) -> None:
    """Some bits of some bytes."""
    for _each in range(chance.randint(1, 8)):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def cut(chance: Chance, data: bytearray, _: Sequence[bytes]) -> None:
    """The end is missing, or a piece."""
    start = chance.randrange(len(data))
    end = len(data) if chance.random() < 0.3 else start + chance.randint(1, 200)
    del data[start:end]


def repeat(chance: Chance, data: bytearray, _: Sequence[bytes]) -> None:
    """A piece is there twice."""
    start = chance.randrange(len(data))
    data[start:start] = data[start : start + chance.randint(1, 400)] * chance.randint(1, 3)


def splice(chance: Chance, data: bytearray, others: Sequence[bytes]) -> None:
    """A piece of another document."""
    other, start = chance.choice(others), chance.randrange(len(data))
    there = chance.randrange(len(other))
    data[start : start + chance.randint(0, 300)] = other[there : there + chance.randint(1, 600)]


def renumber(chance: Chance, data: bytearray, _: Sequence[bytes]) -> None:
    """Another number."""
    found = list(re.finditer(rb"\d+", data))
    for _each in range(chance.randint(1, 3)):
        match = chance.choice(found)
        new = chance.choice((*NUMBERS, b"%d" % chance.randrange(50), b"%d" % len(data)))
        if len(new) < len(match[0]) and chance.random() < 0.7:
            new = new.rjust(len(match[0]), b"0")
        data[match.start() : match.end()] = new
        found = list(re.finditer(rb"\d+", data)) or found[:0]
        if not found:
            return


def swap(chance: Chance, data: bytearray, _: Sequence[bytes]) -> None:
    """Two tokens in each other's place."""
    found = list(TOKEN.finditer(data))
    if len(found) > 1:
        one, other = sorted(chance.sample(found, 2), key=lambda match: match.start())
        data[other.start() : other.end()], data[one.start() : one.end()] = one[0], other[0]


def insert(chance: Chance, data: bytearray, _: Sequence[bytes]) -> None:
    """A word that means something, before some token."""
    found = list(TOKEN.finditer(data))
    at = chance.choice(found).start() if found else 0
    data[at:at] = chance.choice(WORDS)


def bend_inside(chance: Chance, data: bytearray, others: Sequence[bytes]) -> None:
    """A compressed stream, bent and compressed again to the same length where it fits."""
    found = list(COMPRESSED.finditer(data))
    if not found:
        return flip(chance, data, others)
    start = chance.choice(found).end()
    inflater = zlib.decompressobj()
    try:
        plain = bytearray(inflater.decompress(bytes(data[start:]), 1 << 20))
    except zlib.error:
        return None
    end = len(data) - len(inflater.unused_data)
    if plain:
        chance.choice((flip, cut, renumber_or_flip, insert))(chance, plain, others)
        data[start:end] = zlib.compress(plain, 9).ljust(end - start, b"\n")
    return None


def renumber_or_flip(chance: Chance, data: bytearray, others: Sequence[bytes]) -> None:
    """Whatever can be done to it."""
    (renumber if re.search(rb"\d", data) else flip)(chance, data, others)


BENDINGS: tuple[Callable[[Chance, bytearray, Sequence[bytes]], None], ...] = (
    *(flip, cut, repeat, splice, renumber_or_flip, renumber_or_flip, swap, swap, insert, insert),
    *(bend_inside, bend_inside),
)


def bent(seed: int, documents: Sequence[bytes]) -> bytes:
    """One of the documents after some bendings; the same for the same seed."""
    chance = Chance(seed)
    data = bytearray(chance.choice(documents))
    for _each in range(chance.choice((1, 1, 1, 2, 3, 6))):
        if data:
            chance.choice(BENDINGS)(chance, data, documents)
    return bytes(data)
