"""``countermark watch``: mark what arrives in a folder, once each, whatever is restarted between.

A file is taken when its size and time have not changed from one look to the next. Its copy goes to
``marked/``, then the file itself to ``done/``; one that cannot be marked goes to ``failed/``, with
the reason beside it. Until it has moved, it is asked for under a name made of its bytes and the
mark: after a crash the same request finds the same job, and nothing is done twice.
"""

from __future__ import annotations

import fcntl
import json
import signal
import threading
from argparse import Namespace
from functools import partial
from pathlib import Path
from typing import Any

from countermark_cli.commands.opening import connect, existing_folder
from countermark_cli.connection import Connection
from countermark_cli.failures import OK, SOME_FAILED, Failure, Misuse, NoAccess, Unreachable
from countermark_cli.marking import ask_for_mark, config_of, copy_name, wait_for
from countermark_cli.output import Output
from countermark_cli.uploads import digest_of, name_for

MARKED, DONE, FAILED, LOCK = "marked", "done", "failed", ".countermark.lock"


def run(options: Namespace, output: Output) -> int:
    """Look again and again, until told to stop (or once)."""
    folder = existing_folder(options.folder)
    watched = Watched(connect(options), config_of(options), folder, options.pattern, output)
    stop = threading.Event()
    _stop_at_signals(stop)
    with (folder / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Misuse("watched", f"{folder} is watched by another process.") from None
        watched.look(stop)
        while not stop.wait(options.interval):
            watched.look(stop)
            if options.once:
                break
    return SOME_FAILED if options.once and watched.has_failed else OK


def _stop_at_signals(stop: threading.Event) -> None:
    """Finish the file that is being marked at the first signal; end at once at the second."""

    def handle(number: int, frame: object) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handle)


class Watched:
    """A folder: what was seen in it, and what becomes of it."""

    def __init__(
        self,
        connection: Connection,
        config: dict[str, Any],
        folder: Path,
        pattern: str,
        output: Output,
    ) -> None:
        self._connection, self._config, self._output = connection, config, output
        self._folder, self._pattern = folder, pattern
        self._seen: dict[Path, tuple[int, int]] = {}
        self.has_failed = False

    def look(self, stop: threading.Event) -> None:
        """Mark each file that has not changed since the last look."""
        before, self._seen = self._seen, self._sizes()
        for path, state in self._seen.items():
            if before.get(path) == state and not stop.is_set():
                self._take(path)

    def _sizes(self) -> dict[Path, tuple[int, int]]:
        found = {}
        for path in sorted(self._folder.glob(self._pattern)):
            if path.is_file() and not path.name.startswith("."):
                about = path.stat()
                found[path] = (about.st_size, about.st_mtime_ns)
        return found

    def _take(self, path: Path) -> None:
        try:
            copy = self._mark(path)
        except NoAccess:
            raise
        except Failure as failure:
            if not path.exists():
                return  # somebody has taken it away
            if _may_pass(failure):
                told = f"{path}: {failure}; later"
                self._output.complaint(told, file=str(path), **failure.as_dict())
                return
            self.has_failed = True
            gone = _move(path, self._folder / FAILED)
            gone.with_name(f"{gone.name}.error.json").write_text(json.dumps(failure.as_dict()))
            self._output.complaint(f"{path}: {failure}", file=str(path), **failure.as_dict())
        else:
            _move(path, self._folder / DONE)
            self._output.result(f"{path}: {copy}", file=str(path), copy=str(copy))

    def _mark(self, path: Path) -> Path:
        told = partial(self._output.progress, path.name)
        said = json.dumps(self._config, sort_keys=True)
        name = name_for("watch", str(path.resolve()), digest_of(path), said)
        job = ask_for_mark(self._connection, path, self._config, name=name, told=told)
        job = wait_for(self._connection, job, told=told)
        copy = self._folder / MARKED / copy_name(path)
        copy.parent.mkdir(exist_ok=True)
        if copy.exists():
            if self._connection.etag(job.download_url) == f'"{digest_of(copy)}"':
                return copy  # it was saved, and then we were stopped
            copy = copy.with_name(f"{copy.stem}-{str(job.id)[:8]}{copy.suffix}")
        return self._connection.save(job.download_url, copy, told=told)


def _may_pass(failure: Failure) -> bool:
    """Whether it is not the file's fault: the server is away or full, or the quota is used up."""
    status = failure.more.get("status") or 0
    return isinstance(failure, Unreachable) or status == 402 or status >= 500


def _move(path: Path, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    target, number = folder / path.name, 2
    while target.exists():
        target, number = folder / f"{path.stem}-{number}{path.suffix}", number + 1
    return path.rename(target)
