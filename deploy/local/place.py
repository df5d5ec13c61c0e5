"""The data directory of a local Countermark: what lies where, and who holds it."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from deploy.local.leftovers import Record
from deploy.local.problems import AlreadyRunning, CannotStart

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Place:
    """``directory`` and all names below it. Blobs and demo data are the application's own."""

    directory: Path

    @property
    def logs(self) -> Path:
        """One file per process."""
        return self.directory / "log"

    @property
    def state(self) -> Path:
        """What the launcher remembers between starts."""
        return self.directory / "run"

    @property
    def postgres(self) -> Path:
        """The cluster and its socket."""
        return self.directory / "postgres"

    @property
    def valkey(self) -> Path:
        """Valkey's configuration and append-only file."""
        return self.directory / "valkey"

    @property
    def record(self) -> Record:
        """The processes that run for this directory."""
        return Record(self.state / "processes.json")

    def make(self) -> None:
        """Create the directory for its owner alone; refuse somebody else's."""
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise CannotStart(f"the data directory cannot be made: {error}.") from None
        if self.directory.stat().st_uid != os.geteuid():
            raise CannotStart(
                f"{self.directory} belongs to another user. Run this as that user, "
                "or name another directory in COUNTERMARK_DATA_DIR."
            )
        for directory in (self.logs, self.state):
            directory.mkdir(mode=0o700, exist_ok=True)

    def hold(self, *, url: str) -> None:
        """Take the directory until this process and its children have died, however they do."""
        # Left open on purpose: the lock goes with the last process that has it open.
        descriptor = os.open(self.state / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = json.loads(os.pread(descriptor, 4096, 0) or b"{}")
            os.close(descriptor)
            raise AlreadyRunning(
                f"Countermark is already running at {holder.get('url', 'another address')} "
                f"(process {holder.get('pid', 'unknown')}); Ctrl-C there stops it."
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "url": url}).encode(), 0)

    def secret(self, name: str) -> Path:
        """Return the file of a secret, generated when it is first asked for."""
        path = self.state / name
        if not path.exists():
            self.keep(name, secrets.token_urlsafe(48))
        return path

    def keep(self, name: str, text: str) -> None:
        """Remember ``text`` under ``name``, readable by the owner only, all or nothing."""
        fresh = self.state / f"{name}.new"
        fresh.touch(mode=0o600)
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(self.state / name)

    def kept(self, name: str) -> str:
        """Return what ``keep`` was given; empty if nothing."""
        try:
            return (self.state / name).read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""
