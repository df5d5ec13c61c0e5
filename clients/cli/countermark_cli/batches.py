"""A folder's batches on the server: opened, filled, started, followed; found again after a kill."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from countermark_client.api.batches import (
    add_batch_item,
    get_batch,
    list_batch_items,
    open_batch,
    start_batch,
)
from countermark_client.models import BatchForm, ItemForm, ItemUploadForm, MarkRequest
from countermark_client.types import UNSET

from countermark_cli.connection import Connection
from countermark_cli.failures import Refused
from countermark_cli.marking import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS
from countermark_cli.uploads import LONG_BYTES, Told, digest_of, file_of, name_for, upload

ITEMS_MAX, PAGE, REF_TAIL = 1000, 100, 60
AT_ONCE = 4
MEMORY = ".countermark-batch.json"
T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Piece:
    """A file, where its copy goes, and its name in a batch."""

    path: Path
    copy: Path
    ref: str


def piece_of(path: Path, copy: Path, relative: Path) -> Piece:
    """Return a file as an item: another file, or one that has changed, has another name."""
    place = relative.as_posix().encode("utf-8", "replace").decode()
    short = "".join(letter if letter.isprintable() else "?" for letter in place)[-REF_TAIL:]
    return Piece(path, copy, f"{short} {name_for(place, digest_of(path))[:32]}")


class Memory:
    """Which batches the copies in a folder come from: those of one mark on one server."""

    def __init__(self, folder: Path, *, mark: str) -> None:
        self._path, self._mark = folder / MEMORY, mark
        try:
            kept = json.loads(self._path.read_text())
            self.batches = [str(each) for each in kept["batches"] if kept["mark"] == mark]
        except (OSError, ValueError, KeyError, TypeError):
            self.batches = []

    def keep(self, batches: Iterable[str]) -> None:
        """Write down these, and no others."""
        self.batches = list(batches)
        new = self._path.with_name(f"{self._path.name}.new")
        new.write_text(json.dumps({"mark": self._mark, "batches": self.batches}))
        new.replace(self._path)


class Batches:
    """What is asked of the server about batches."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def open(self, title: str, config: dict[str, Any], *, name: str) -> Any:
        """Open an empty one; the same for the same ``name``."""
        form = BatchForm(title=title, config=MarkRequest.from_dict(config))
        return self._connection.ask(open_batch, body=lambda: form, idempotency_key=name).parsed

    def find(self, batch_id: str) -> Any:
        """Return a batch as it is now; None if there is none."""
        try:
            return self._connection.ask(get_batch, batch_id=batch_id).parsed
        except Refused as refused:
            if refused.code != "not_found":
                raise
            return None

    def items(self, batch: Any) -> Iterator[Any]:
        """Yield all items."""
        cursor: Any = UNSET
        while cursor is not None:
            given = {"batch_id": batch.id, "limit": PAGE, "cursor": cursor}
            page = self._connection.ask(list_batch_items, **given).parsed
            yield from page.results
            cursor = _cursor_in(page.next_) if page.next_ else None

    def add(self, batch: Any, piece: Piece) -> None:
        """Put a file in; long ones are uploaded in pieces first. Repeated, it is there once."""
        document: Any = None
        if piece.path.stat().st_size > LONG_BYTES:
            name = name_for("item", str(batch.id), piece.ref)
            document = upload(self._connection, piece.path, name=name)

        def form() -> ItemForm | ItemUploadForm:
            if document is not None:
                return ItemForm(document.id, client_ref=piece.ref)
            return ItemUploadForm(file_of(piece.path), client_ref=piece.ref)

        self._connection.ask(add_batch_item, body=form, may_repeat=True, batch_id=batch.id)

    def start(self, batch: Any) -> Any:
        """Have it worked on; once more is no mistake."""
        return self._connection.ask(start_batch, batch_id=batch.id).parsed

    def follow(self, batch: Any, *, told: Told) -> Any:
        """Return the batch once nothing of it waits or runs."""
        pause = FIRST_PAUSE_SECONDS
        while batch.state == "running":
            told(batch.percent, 100)
            time.sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)
            batch = self._connection.ask(get_batch, batch_id=batch.id).parsed
        return batch


def side_by_side(do: Callable[[T], R], things: Iterable[T]) -> Iterator[R]:
    """Do it for several at once; what has not begun when one of them raises is left."""
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        yield from pool.map(do, things)
    finally:
        pool.shutdown(cancel_futures=True)


def _cursor_in(address: str) -> str:
    return parse_qs(urlsplit(address).query)["cursor"][0]
