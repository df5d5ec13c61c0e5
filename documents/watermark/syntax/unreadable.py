"""The way out of the fast path."""

from __future__ import annotations


class Unreadable(Exception):
    """Something in a file is not as the fast reader knows it; a more patient one may do better.

    ``reason`` is a short phrase for the record, never shown to the document's owner.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
