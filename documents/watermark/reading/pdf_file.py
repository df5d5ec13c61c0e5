"""A PDF file as the engine reads it: objects by number, as text, from a map of the file.

Only what is asked for is read, so that a file of gigabytes costs what its pages' dictionaries do.
"""

from __future__ import annotations

import mmap
import os
import re

from ..syntax.filters import decoded, filters_of, parameters_of
from ..syntax.lexer import dictionary_at, reference_number, value_span, whole_number
from ..syntax.unreadable import Unreadable
from .cross_reference import OBJECT, CrossReference, stream_bytes
from .object_streams import ObjectStreams
from .sections import COMPRESSED, FREE, PLAIN

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from typing import BinaryIO

    from ..syntax.lexer import DictionarySpans
    from .encryption import SecurityHandler
    from .sections import Location

SMALLEST_FILE = 40
WINDOW_BYTES = 1024
MOST_OBJECT_BYTES = 64 << 20
# In a file whose objects do not end, each would be searched for as long as there is file.
MOST_SEARCHED_BYTES = 1 << 30
MOST_REFERENCES = 32
OBJECT_START = re.compile(OBJECT.pattern + rb"(\[|<<|.)", re.DOTALL)
ENDS = re.compile(rb"endobj|stream(?=[\r\n])")


class PdfFile:
    """An open file. ``close`` it, or use it in a ``with``.

    Raises Unreadable where it is not plainly well-formed, Encrypted where the password is wrong.
    """

    def __init__(self, stream: BinaryIO, password: str | None = None) -> None:
        self.size = os.fstat(stream.fileno()).st_size
        if self.size < SMALLEST_FILE:
            raise Unreadable("the file is too small")
        self.data = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        try:
            self.cross_reference = CrossReference(self.data)
            self.base = self.cross_reference.base
            self.trailer = self.cross_reference.trailer
            self.locate = self.cross_reference.locate
            self.security: SecurityHandler | None = None
            self.object_streams = ObjectStreams(self)
            self._patience = MOST_SEARCHED_BYTES
            if self.trailer.get(b"/Encrypt", b"null") != b"null":
                self._decrypt(password)
        except BaseException:
            self.close()
            raise

    @property
    def version(self) -> bytes:
        """The version in the file's header, such as ``1.7`` (7.5.2)."""
        at = self.cross_reference.header + len(b"%PDF-")
        return self.data[at : at + 3]

    def close(self) -> None:
        """Let the map go."""
        self.data.close()

    def __enter__(self) -> PdfFile:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def start_of(self, number: int, location: Location) -> int:
        """The place behind the ``obj`` of a plain object, which must be where it is said to be."""
        at = location[1] + self.base
        heading = OBJECT.match(self.data, at) if at < self.size else None
        if heading is None or int(heading[1]) != number:
            raise Unreadable("an object is not at its place")
        return heading.end()

    def object_text(self, number: int) -> bytes:
        """The text of an object, b"null" when there is none; of a stream its dictionary.

        White space and, in odd files, more may follow.
        """
        return self.text_at(number, self.locate(number))

    def text_at(self, number: int, location: Location) -> bytes:
        """The text of an object whose place is known."""
        kind, place, _ = location
        if kind == PLAIN:
            at = place + self.base
            heading = OBJECT.match(self.data, at) if at < self.size else None
            if heading is None or int(heading[1]) != number:
                raise Unreadable("an object is not at its place")
            start = heading.end()
            return self.data[start : self._text_end(start)]
        if kind == COMPRESSED:
            return self.object_streams.text(place, number)
        if kind == FREE:
            return b"null"
        raise Unreadable("an object is of a kind that is not known")

    def _text_end(self, start: int) -> int:
        """Where an object's text ends: at ``endobj`` or where a stream's data begins."""
        window = WINDOW_BYTES
        text = self.data[start : start + window]
        quick = text.find(b"endobj")
        if quick >= 0 and text.find(b"stream", 0, quick) < 0 and _has_whole_strings(text, quick):
            return start + quick
        while window <= min(MOST_OBJECT_BYTES, self._patience):
            text = self.data[start : start + window]
            self._patience -= len(text)
            end = ENDS.search(text)
            if end:
                return start + _end_of_value(text, end.start())
            if start + window >= self.size:
                break
            window *= 8
        raise Unreadable("an object does not end")

    def extent(self, number: int, location: Location) -> tuple[int, int]:
        """Where the value of a plain object begins and ends, a stream's data in it.

        Whoever is to overwrite it can rely on that: it holds nothing of another object.
        """
        start = self.start_of(number, location)
        end = self._text_end(start)
        if self.data[end : end + 6] == b"stream":
            entries = dictionary_at(self.data[start:end])
            length = whole_number(self.resolve(entries.get(b"/Length") or b""), "Length")
            stream_bytes(self.data, end, length)
            end = self.data.find(b"endstream", end + length) + len(b"endstream")
        return start, end

    def first_sign(self, number: int) -> bytes:
        """What an object begins with: ``[``, ``<<`` or another byte, empty when there is none."""
        kind, place, _ = self.locate(number)
        if kind == FREE:
            return b""
        if kind == COMPRESSED:
            text = self.object_text(number).lstrip(b"\x00\t\n\x0c\r ")
            return b"<<" if text[:2] == b"<<" else text[:1]
        at = place + self.base
        start = OBJECT_START.match(self.data, at) if at < self.size else None
        if start is None or int(start[1]) != number:
            raise Unreadable("an object is not at its place")
        return start[3]

    def resolve(self, text: bytes) -> bytes:
        """The text of a value, found behind whatever references lead to it."""
        for _ in range(MOST_REFERENCES):
            number = reference_number(text)
            if number is None:
                return text
            text = self.object_text(number).strip(b"\x00\t\n\x0c\r ")
            if b"%" in text:
                start, end = value_span(text, 0)  # a comment may follow
                text = text[start:end]
        raise Unreadable("references lead nowhere")

    def dictionary(self, text: bytes | None) -> DictionarySpans | None:
        """The dictionary that a value is or refers to, None when it is none."""
        resolved = self.resolve(text) if text else b""
        return dictionary_at(resolved) if resolved[:2] == b"<<" else None

    def stream_dictionary(self, number: int) -> DictionarySpans | None:
        """The dictionary of a stream that stands for itself; None where there is no stream."""
        location = self.locate(number)
        if location[0] != PLAIN:
            return None
        start = self.start_of(number, location)
        end = self._text_end(start)
        if self.data[end : end + 6] != b"stream":
            return None
        return dictionary_at(self.data[start:end])

    def stream_length(self, entries: DictionarySpans) -> int:
        """The bytes that a stream says it has in the file."""
        return whole_number(self.resolve(entries.get(b"/Length") or b""), "Length")

    def raw_stream(self, number: int, entries: DictionarySpans) -> bytes:
        """A stream's data as it stands in the file, but decrypted."""
        location = self.locate(number)
        start = self.start_of(number, location)
        data = stream_bytes(self.data, start + entries.end, self.stream_length(entries))
        if self.security is None or entries.get(b"/Type") == b"/XRef":
            return data
        chosen = crypt_filter(self, entries)
        if entries.get(b"/Type") == b"/Metadata" and not self.security.encrypt_metadata:
            chosen = "Identity"  # as if it said so itself (7.6.4.2, table 21: EncryptMetadata)
        return self.security.decrypt_stream(number, location[2], data, chosen)

    def filters(self, entries: DictionarySpans) -> tuple[list[bytes], list[bytes | None]]:
        """The filters of a stream and the texts of their parameters."""
        given = entries.get(b"/Filter")
        names = filters_of(self.resolve(given)) if given else []
        given = entries.get(b"/DecodeParms") or entries.get(b"/DP")
        parameters = parameters_of(self.resolve(given) if given else None, len(names))
        parameters = [self.resolve(text) if text else None for text in parameters]
        kept = [at for at, name in enumerate(names) if name != b"/Crypt"]
        return [names[at] for at in kept], [parameters[at] for at in kept]

    def decoded_stream(
        self, number: int, entries: DictionarySpans, most: int
    ) -> tuple[bytes, bool]:
        """A stream's data behind its filters, and whether all of it could be decoded."""
        names, parameters = self.filters(entries)
        return decoded(self.raw_stream(number, entries), names, parameters, most)

    def _decrypt(self, password: str | None) -> None:
        from .security import open_security

        self.security = open_security(self, password)


def _has_whole_strings(text: bytes, end: int) -> bool:
    """Whether parentheses pair up to a place: if so, no string reaches beyond it."""
    return text.count(b"(", 0, end) == text.count(b")", 0, end)


def _end_of_value(text: bytes, end: int) -> int:
    """The place of the word that ends an object, ``end`` unless that stands in a string."""
    if _has_whole_strings(text, end):
        return end
    behind = value_span(text, 0)[1]
    word = ENDS.search(text, behind)
    if word is None:
        raise Unreadable("an object does not end")
    return word.start()


def crypt_filter(file: PdfFile, entries: DictionarySpans) -> str | None:
    """The name of the crypt filter that a stream chooses for itself (7.4.10), if it does."""
    given = entries.get(b"/Filter")
    if given is None or b"/Crypt" not in file.resolve(given):
        return None
    parameters = entries.get(b"/DecodeParms")
    text = parameters_of(file.resolve(parameters), 1)[0] if parameters else None
    name = dictionary_at(text).get(b"/Name") if text else None
    return name[1:].decode("latin-1") if name else "Identity"
