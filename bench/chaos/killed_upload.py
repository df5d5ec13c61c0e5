"""A client that sends one long file while its server is killed again and again."""

from __future__ import annotations

import hashlib
import json
import random
import time
from itertools import cycle

import httpx2

from bench.chaos.customer import Customer
from bench.chaos.part import Part, wait_until
from bench.chaos.stage import Stage
from config.tests.serving import Wire
from documents.tests.tus_client import Tus, checksum, metadata

PIECE_BYTES = 64 * 1024
# Bytes with a checksum count together or not at all, so clients send so many at once.
CHECKED_BYTES = 2 * 1024 * 1024
KILL_AFTER_SECONDS = 0.05


class KilledUpload:
    """Sends ``content``, by turns with and without checksums, and strikes ``web`` on the way.

    ``survived`` counts kills after which the offset was true: no acknowledged byte lost, none
    there that was not sent. ``resent`` counts bytes that had to be sent twice.
    """

    def __init__(
        self, stage: Stage, web: Part, customer: Customer, content: bytes, dice: random.Random
    ) -> None:
        self.kills = self.survived = self.resent = 0
        self._web = web
        self._customer = customer
        self._content = content
        self._dice = dice
        key = customer.http.headers["authorization"].partition(" ")[2]
        self._tus = Tus(stage.port, key)
        self._path = ""
        self._acknowledged = self._sent = 0
        self._targets: list[int] = []

    def send(self, kills: int) -> None:
        """Send all of it, through so many kills at random offsets."""
        size = len(self._content)
        each = size * 9 // 10 // kills
        self._targets = [n * each + self._dice.randrange(each) for n in reversed(range(kills))]
        self._path = self._tus.create(size, upload_metadata=metadata(filename="long.pdf"))
        turns = cycle([False, True])
        while self._acknowledged < size:
            before = self.kills
            self._try_to_send(is_checked=next(turns))
            wait_until(self._web.is_ready)
            offset = self._tus.offset(self._path)
            if self.kills > before:
                self.survived += self._acknowledged <= offset <= self._sent
            self.resent += self._sent - offset
            self._acknowledged = offset

    def become_document(self) -> str:
        """Ask for the document, be killed over it, ask again; return the document's id."""
        named = {"upload_id": self._path.split("/")[-2]}
        body, kind = json.dumps(named).encode(), {"content_type": "application/json"}
        with self._tus.begin("POST", "/api/v1/documents/", len(body), **kind) as wire:
            wire.send(body)
            time.sleep(self._dice.random() * KILL_AFTER_SECONDS)
            self._web.strike(group=True)
        wait_until(self._web.is_ready)
        answer: httpx2.Response = self._customer.http.post("/documents/", json=named)
        return str(answer.raise_for_status().json()["id"])

    def is_whole(self, document_id: str) -> bool:
        """Whether the document that is downloaded is what was sent."""
        found = self._customer.http.get(f"/documents/{document_id}/download/").raise_for_status()
        return hashlib.sha256(found.content).digest() == hashlib.sha256(self._content).digest()

    def _try_to_send(self, *, is_checked: bool) -> None:
        self._sent = start = self._acknowledged
        end = start + CHECKED_BYTES if is_checked else len(self._content)
        content = self._content[start:end]
        sums = {"upload_checksum": checksum(content, "sha256")} if is_checked else {}
        try:
            with self._tus.begin_sending(self._path, start, len(content), **sums) as wire:
                self._send_pieces(wire, content)
                wire.answer("HEAD")
        except (OSError, IndexError):
            pass  # killed, or a connection that nobody answers any more

    def _send_pieces(self, wire: Wire, content: bytes) -> None:
        is_alive = True
        for at in range(0, len(content), PIECE_BYTES):
            if is_alive and self._targets and self._sent >= self._targets[-1]:
                self._targets.pop()
                self.kills += bool(self._web.strike(group=True))
                is_alive = False
            wire.send(content[at : at + PIECE_BYTES])
            self._sent += len(content[at : at + PIECE_BYTES])
