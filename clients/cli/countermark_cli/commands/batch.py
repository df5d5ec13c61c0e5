"""``countermark batch``: mark all files of a folder; one bad file never harms the others.

The files become items of a batch, each under a name made of its place and its bytes. The batch's id
is kept beside the copies: killed at any moment, the same command goes on with the same batch.
"""

from __future__ import annotations

import fcntl
import json
import uuid
from argparse import Namespace
from functools import partial
from pathlib import Path
from typing import Any

from countermark_cli.batches import ITEMS_MAX, Batches, Memory, Piece, piece_of, side_by_side
from countermark_cli.commands.opening import connect, existing_folder
from countermark_cli.connection import Connection
from countermark_cli.failures import OK, SOME_FAILED, Failure, Misuse, Refused, WorkFailed
from countermark_cli.marking import config_of, copy_name
from countermark_cli.output import Output
from countermark_cli.uploads import name_for

LOCK = ".countermark.lock"
OF_THE_FILE = {413, 415, 422}


def run(options: Namespace, output: Output) -> int:
    """Mark every file; what has its copy already is left alone."""
    folder, target = existing_folder(options.folder), options.output
    files = sorted(path for path in folder.rglob(options.pattern) if path.is_file())
    files = [path for path in files if not path.is_relative_to(target)]
    if not files:
        raise Misuse("no_files", f"{folder} has no {options.pattern}.")
    connection, config = connect(options), config_of(options)
    target.mkdir(parents=True, exist_ok=True)
    with (target / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Misuse("busy_folder", f"Another process writes copies to {target}.") from None
        failed = _Folder(connection, config, folder, target, output).mark(files)
    output.result(
        f"{len(files) - failed} of {len(files)} marked.",
        files=len(files),
        marked=len(files) - failed,
        failed=failed,
    )
    return SOME_FAILED if failed else OK


class _Folder:
    """One folder's files on their way."""

    def __init__(
        self,
        connection: Connection,
        config: dict[str, Any],
        folder: Path,
        target: Path,
        output: Output,
    ) -> None:
        self._connection, self._config = connection, config
        self._folder, self._target, self._output = folder, target, output
        self._batches = Batches(connection)
        said = json.dumps(config, sort_keys=True)
        self._memory = Memory(target, mark=name_for(connection.url, str(folder.resolve()), said))
        self._missing: dict[str, Piece] = {}
        self._failed = 0

    def mark(self, files: list[Path]) -> int:
        """Bring every file's copy here; return how many have none."""
        for path in files:
            copy = self._target / path.relative_to(self._folder).with_name(copy_name(path))
            if copy.exists():
                self._tell(path, copy)
            else:
                self._want(path, copy)
        useful = [each for each in self._memory.batches if self._go_on(each)]
        self._memory.keep(useful)
        while self._missing:
            name = str(uuid.uuid4())
            batch = self._batches.open(self._folder.resolve().name, self._config, name=name)
            self._memory.keep([*self._memory.batches, str(batch.id)])
            self._finish(batch, is_last_word=True)
        return self._failed

    def _want(self, path: Path, copy: Path) -> None:
        try:
            piece = piece_of(path, copy, path.relative_to(self._folder))
        except Misuse as failure:
            self._complain(path, failure)
        else:
            self._missing[piece.ref] = piece

    def _go_on(self, batch_id: str) -> bool:
        """Take up an earlier batch; whether copies of it are still of use."""
        if not self._missing:
            return True
        batch = self._batches.find(batch_id)
        if batch is None:
            return False
        # What had failed before this command was given is tried once more, in a new batch.
        batch = self._finish(batch, is_last_word=batch.state in ("open", "running"))
        return batch.state == "open" or bool(batch.counts.succeeded)

    def _finish(self, batch: Any, *, is_last_word: bool) -> Any:
        """Fill and start an open batch, wait for its end, fetch the copies that are missing."""
        if batch.state == "open":
            batch = self._fill(batch)
            if not batch.counts.total:
                return batch  # no file could be sent
            batch = self._batches.start(batch)
        told = partial(self._output.progress, "marked")
        batch = self._batches.follow(batch, told=told)
        ours = [each for each in self._batches.items(batch) if each.client_ref in self._missing]
        ready = [item for item in ours if item.state == "succeeded" and item.download_url]
        for item in side_by_side(self._save, ready):
            if item is not None:
                piece = self._missing.pop(item.client_ref)
                self._tell(piece.path, piece.copy)
        for item in ours if is_last_word else ():
            if item.client_ref in self._missing:
                self._complain(self._missing.pop(item.client_ref).path, _why(item))
        return batch

    def _fill(self, batch: Any) -> Any:
        known = {item.client_ref for item in self._batches.items(batch)}
        unsent = [piece for ref, piece in self._missing.items() if ref not in known]
        unsent = unsent[: ITEMS_MAX - len(known)]
        for number, (piece, failure) in enumerate(
            side_by_side(partial(self._add, batch), unsent), start=1
        ):
            self._output.progress("sent", number, len(unsent))
            if failure is not None:
                del self._missing[piece.ref]
                self._complain(piece.path, failure)
        return self._batches.find(str(batch.id)) or batch

    def _add(self, batch: Any, piece: Piece) -> tuple[Piece, Failure | None]:
        try:
            self._batches.add(batch, piece)
        except OSError as error:
            return piece, Misuse("unreadable", f"{piece.path}: {error.strerror}")
        except Refused as refused:
            if refused.more.get("status") not in OF_THE_FILE:
                raise
            return piece, refused
        return piece, None

    def _save(self, item: Any) -> Any:
        """Fetch a copy and return its item; None if it is gone, so that it is made again."""
        piece = self._missing[item.client_ref]
        piece.copy.parent.mkdir(parents=True, exist_ok=True)
        told = partial(self._output.progress, piece.path.name)
        try:
            self._connection.save(item.download_url, piece.copy, told=told)
        except Refused as refused:
            if refused.code not in ("gone", "not_found"):
                raise
            return None
        return item

    def _tell(self, path: Path, copy: Path) -> None:
        self._output.result(f"{path}: {copy}", file=str(path), copy=str(copy))

    def _complain(self, path: Path, failure: Failure) -> None:
        self._failed += 1
        self._output.complaint(f"{path}: {failure}", file=str(path), **failure.as_dict())


def _why(item: Any) -> WorkFailed:
    if item.error is None:
        code = "gone" if item.state == "succeeded" else str(item.state)
        return WorkFailed(code, f"Its copy is not there: it is {item.state}.")
    job = {"job_id": str(item.job_id)} if item.job_id else {}
    return WorkFailed(item.error.code, item.error.message, **job, retryable=item.error.retryable)
