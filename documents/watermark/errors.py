"""What can go wrong with a document, each with a stable code and a sentence for people.

The codes are part of the product: the API, the job's row and the command line show them, so they
never change their meaning. ``message`` is written for the owner of the document.
"""

from __future__ import annotations

from .record import Record

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import ClassVar


class WatermarkError(Exception):
    """The document, or what was asked of it, cannot be done; trying again will not help.

    The few failures that may pass by themselves say so with ``retryable``.
    """

    code: ClassVar[str] = "watermark_error"
    retryable: ClassVar[bool] = False
    sentence: ClassVar[str] = "This document could not be marked."

    def __init__(self, message: str = "") -> None:
        self.message = message or self.sentence
        super().__init__(self.message)


class NotAPdf(WatermarkError):
    """No PDF header or nothing in it that a reader could use."""

    code = "not_a_pdf"
    sentence = "This file is not a PDF document."


class NotADocx(WatermarkError):
    """No Word document, or one of a kind that cannot be marked: with macros, a template."""

    code = "not_a_docx"
    sentence = "This file is not an ordinary Word document (.docx)."


class NoPages(WatermarkError):
    """The document has pages only where a word processor lays it out."""

    code = "no_pages"
    sentence = "A Word document has pages only where it is laid out: there is none to show here."


class Encrypted(WatermarkError):
    """A password is needed to open the document, or the given one is wrong."""

    code = "encrypted"
    sentence = "This document is protected with a password that we do not have."


class Damaged(WatermarkError):
    """The document is broken and its pages cannot be recovered."""

    code = "damaged"
    sentence = "This document is damaged and could not be repaired."


class Signed(WatermarkError):
    """The document carries a digital signature that a mark would break (ISO 32000-2, 12.8)."""

    code = "signed"
    sentence = "This document is digitally signed; a mark would make its signature invalid."


class TooLarge(WatermarkError):
    """The document, or what became of it, has more bytes than the limits allow."""

    code = "too_large"
    sentence = "This document is larger than allowed."


class TooManyPages(WatermarkError):
    """The document has more pages than the limits allow."""

    code = "too_many_pages"
    sentence = "This document has more pages than allowed."


class UnsupportedText(WatermarkError):
    """The text has characters that no font of ours can draw; ``characters`` names them."""

    code = "unsupported_text"
    sentence = "The text has characters that cannot be drawn."

    def __init__(self, message: str = "", characters: Sequence[str] = ()) -> None:
        self.characters = tuple(characters)
        if characters and not message:
            named = ", ".join(f"{sign} (U+{ord(sign):04X})" for sign in self.characters)
            message = f"The text has characters that cannot be drawn: {named}."
        super().__init__(message)


class UnsupportedImage(WatermarkError):
    """The picture, or the page of a document, that is to be drawn cannot be used."""

    code = "unsupported_image"
    sentence = "The picture to be drawn is of a kind that cannot be used, or damaged."


class OutOfTime(WatermarkError):
    """The work took longer than the limits allow."""

    code = "timeout"
    sentence = "Marking this document took too long and was stopped."


class OutOfMemory(WatermarkError):
    """The work needed more memory than the limits allow."""

    code = "out_of_memory"
    sentence = "Marking this document needs more memory than allowed."


class Problem(Record):
    """One field that is not as it should be, in the words and types that pydantic made common."""

    __slots__ = ("ctx", "loc", "msg", "type")
    loc: tuple[str, ...]
    msg: str
    type: str
    ctx: Mapping[str, object]

    def __init__(
        self, loc: tuple[str, ...], msg: str, type: str, ctx: Mapping[str, object] | None = None
    ) -> None:
        self._set(loc=loc, msg=msg, type=type, ctx=ctx or {})

    def as_dict(self) -> dict[str, object]:
        """The JSON form; ``ctx`` only where there is one."""
        shown: dict[str, object] = {"loc": list(self.loc), "msg": self.msg, "type": self.type}
        return shown | ({"ctx": dict(self.ctx)} if self.ctx else {})


class BadSpec(WatermarkError):
    """The instructions break their schema; ``problems`` has every bad field at once."""

    code = "bad_spec"
    sentence = "The watermark's settings are not valid."

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        named = "; ".join(f"{'.'.join(p.loc) or 'settings'}: {p.msg}" for p in self.problems)
        super().__init__(f"{self.sentence[:-1]}: {named}." if named else "")


DOCUMENT_ERRORS: Mapping[str, type[WatermarkError]] = {
    kind.code: kind
    for kind in (
        NotAPdf,
        NotADocx,
        NoPages,
        Encrypted,
        Damaged,
        Signed,
        TooLarge,
        TooManyPages,
        UnsupportedText,
        UnsupportedImage,
        OutOfTime,
        OutOfMemory,
    )
}
"""The errors that a document or a text can cause, by code."""
