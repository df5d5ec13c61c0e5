"""The sign that a mark is ours, so that its owner can find, replace and remove it.

Whatever a pass writes carries the mark's id under a private key. A page-piece dictionary
(ISO 32000-2, 14.5) is the standard's own place for private data, but it asks for a date of the
last change, and equal input must give equal bytes; so these are names of the second class
(annex E): a developer's prefix, an underscore, a word. Readers pass over keys that they do not
know, and PDF/A allows them.

* Every content stream that a pass adds, and every form XObject that a page then draws, has
  ``marked_entries``.
* A form that sets a page's broken content apart has ``isolating_entries``.
* A content stream may close what the page left open, or open what is to be closed, beside drawing.
  The drawing stands between ``DRAWING_BEGINS`` and the last ``EMC``, so that a pass can be taken
  out from between two others while the rest stays.
* A tail that leaves the original's bytes untouched begins with ``TAIL_BEGINS``, and its trailer
  (or cross-reference stream) has ``tail_entries``.

Streams never lie in object streams and keys are never encrypted, so ``MARK_KEY`` can be seen in
the bytes of a marked file.
"""

from __future__ import annotations

from .syntax.values import Verbatim

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from .syntax.values import Entries

PREFIX = "CTMK"
MARK_KEY = "CTMK_Mark"  # byte string: the id of the mark
CONTENTS_KEY = "CTMK_Contents"  # what the page's Contents were before they were set apart
ORIGINAL_KEY = "CTMK_Original"  # integer: how many bytes of the file are the original's
RESOURCE_STEM = PREFIX  # resources that a pass adds to a page are named so and numbered
DRAWING_BEGINS = b"/Artifact"  # the marked content that every drawing of a mark stands in
TAIL_BEGINS = b"\n%Countermark\n"
DEFAULT_MARK_ID = "countermark"
MOST_ID_CHARACTERS = 128


def is_mark_id(text: str) -> bool:
    """Whether this can be a mark's id: printable ASCII without spaces, 1 to 128 characters."""
    return 0 < len(text) <= MOST_ID_CHARACTERS and all("!" <= sign <= "~" for sign in text)


def marked_entries(mark_id: str = DEFAULT_MARK_ID) -> Entries:
    """What every object of a mark carries."""
    return {MARK_KEY: mark_id.encode("ascii")}


def isolating_entries(mark_id: str, contents: bytes) -> Entries:
    """What a form carries that draws a page's former content; ``contents`` is the text of the
    page's ``Contents`` before."""
    return {MARK_KEY: mark_id.encode("ascii"), CONTENTS_KEY: Verbatim(contents)}


def tail_entries(mark_id: str, original_bytes: int) -> Entries:
    """What the trailer of a tail carries if the bytes before it are the untouched original's."""
    return {MARK_KEY: mark_id.encode("ascii"), ORIGINAL_KEY: original_bytes}
