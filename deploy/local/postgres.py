"""A PostgreSQL cluster of our own in one directory: made once, then run by the supervisor."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from deploy.local import lineage, ports
from deploy.local.identity import Identity
from deploy.local.problems import CannotStart
from deploy.local.process import Process

ROLE = DATABASE = "countermark"
OWNER = "countermark_owner"
# sun_path of sockaddr_un is 108 bytes with its closing zero (unix(7)); macOS has 104.
LONGEST_SOCKET_PATH = 103
# In the cluster's directory: it has both roles.
OWNED = "countermark-owned"
SOCKET_NAME = ".s.PGSQL.5432"
BUILTIN_LOCALES_SINCE = 17


@dataclass(frozen=True)
class Cluster:
    """``data`` is made by ``create``; ``sockets`` is a directory that only its owner may enter.

    There are two roles of ours: one that owns the tables and migrates, and the application's,
    which row-level security binds (one password: this is one person's machine).

    Connections come through a socket there, without a password. Where its path would be too long
    for a socket, the server listens on a free port of the loopback address instead, with one.
    """

    data: Path
    sockets: Path
    password: str
    binaries: Path
    identity: Identity
    port: int = 0

    @property
    def url(self) -> str:
        """The address for ``DATABASE_URL``."""
        return self._url(ROLE)

    @property
    def owner_url(self) -> str:
        """The address for ``DATABASE_OWNER_URL``."""
        return self._url(OWNER)

    def _url(self, role: str) -> str:
        if self.port:
            secret = quote(self.password, safe="")
            return f"postgresql://{role}:{secret}@{ports.LOOPBACK}:{self.port}/{DATABASE}"
        return f"postgresql://{role}@/{DATABASE}?host={quote(str(self.sockets))}"

    def exists(self) -> bool:
        """Return whether the cluster was made; refuse one of another major version."""
        try:
            made_by = (self.data / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            return False
        if made_by != str(major_version(self.binaries)):
            raise CannotStart(
                f"the data in {self.data} was made by PostgreSQL {made_by}, but this is "
                f"{major_version(self.binaries)}. Move the directory away to start afresh."
            )
        return True

    def create(self, *, lasting: bool = True, may_create_databases: bool = False) -> None:
        """Make the cluster, our roles and our database: all of it, or nothing.

        Neither is a superuser, so that row-level security binds them as it does in production.
        ``lasting=False`` spares the disk for data that nobody will miss.
        """
        fresh = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True, mode=0o700)
        self.identity.own(fresh)
        superuser_password = secrets.token_urlsafe(24)
        self._run("initdb", *self._initdb_options(fresh, lasting), text=superuser_password)
        creates = "CREATEDB" if may_create_databases else "NOCREATEDB"
        statements = (
            f"CREATE ROLE {ROLE} LOGIN NOCREATEDB PASSWORD '{self.password}'",
            f"CREATE ROLE {OWNER} LOGIN {creates} PASSWORD '{self.password}'",
            f"CREATE DATABASE {DATABASE} OWNER {OWNER}",
        )
        replace(self, data=fresh).run_alone(statements, database="postgres", lasting=lasting)
        (fresh / OWNED).touch()
        fresh.rename(self.data)

    def part_roles(self) -> None:
        """Give a cluster from before there were two roles its owner, and the owner the tables."""
        if (self.data / OWNED).exists():
            return
        self.identity.own(self.data)
        # On one line, which is a statement here; again after a stop in the middle is no error.
        statements = (
            f"DO 'BEGIN CREATE ROLE {OWNER} LOGIN; EXCEPTION WHEN duplicate_object THEN END'",
            f"ALTER ROLE {OWNER} PASSWORD '{self.password}'",
            f"REASSIGN OWNED BY {ROLE} TO {OWNER}",
        )
        self.run_alone(statements, database=DATABASE)
        (self.data / OWNED).touch()

    def run_alone(self, statements: Iterable[str], *, database: str, lasting: bool = True) -> None:
        """Run SQL as superuser while no server runs; each statement is one line.

        The wheels of other platforms have no client program.
        """
        options = () if lasting else ("-c", "fsync=off")
        single = ("--single", "-D", str(self.data), "-c", "exit_on_error=on", *options, database)
        self._run("postgres", *single, text="\n".join(statements) + "\n")

    def process(self, *, log: Path, settings: Iterable[str] = ()) -> Process:
        """Return the server as the supervisor runs it; ``settings`` are ``name=value``."""
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        self.identity.own(self.sockets)
        self.identity.own(self.data)
        where = f"port={self.port}" if self.port else "listen_addresses="
        sockets = "" if self.port else f'"{self.sockets}"'
        options = (where, f"unix_socket_directories={sockets}", *settings)
        return Process(
            name="postgres",
            argv=(
                *(str(self.binaries / "postgres"), "-D", str(self.data)),
                *(word for option in options for word in ("-c", option)),
            ),
            environment=_environment(),
            log=log,
            is_ready=self.is_ready,
            in_child=self.identity.assume,
            stop_signal=signal.SIGINT,  # end the sessions, then shut down in order
            hurry_signal=signal.SIGQUIT,  # at once; the next start recovers from the log
            stop_seconds=20,
        )

    def is_ready(self, pid: int) -> bool:
        """Return whether *our* server takes connections, by its own note (pidfile.h)."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def _initdb_options(self, directory: Path, lasting: bool) -> list[str]:
        options = ["-D", str(directory), "-U", "postgres", "--encoding=UTF8", "--no-instructions"]
        options += ["--auth-local=trust", "--auth-host=scram-sha-256", "--pwfile=/dev/stdin"]
        if major_version(self.binaries) >= BUILTIN_LOCALES_SINCE:
            options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        else:
            options += ["--locale=C.UTF-8"]
        return options if lasting else [*options, "--no-sync"]

    def _run(self, program: str, *arguments: str, text: str) -> None:
        parent = os.getpid()

        def prepare() -> None:
            if self.identity.assume:
                self.identity.assume()
            lineage.die_with_parent(parent, signal.SIGKILL)

        done = subprocess.run(  # noqa: S603 - our own command line
            (str(self.binaries / program), *arguments),
            input=text,
            env=_environment(),
            capture_output=True,
            text=True,
            preexec_fn=prepare,  # safe: there is a single thread
        )
        if done.returncode != 0:
            raise CannotStart(f"{program} failed:\n{done.stdout}{done.stderr}".rstrip())


def cluster_at(directory: Path, *, password: str, binaries: Path, identity: Identity) -> Cluster:
    """Return the cluster below ``directory``, reached in the way that is possible there."""
    sockets = directory / "socket"
    too_long = len(os.fsencode(sockets / SOCKET_NAME)) > LONGEST_SOCKET_PATH
    port = ports.free_port() if too_long else 0
    return Cluster(directory / "cluster", sockets, password, binaries, identity, port)


def major_version(binaries: Path) -> int:
    """Return 18 for ``postgres (PostgreSQL) 18.6``."""
    command = (str(binaries / "postgres"), "--version")
    line = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - constant command
    return int(line.split()[2].split(".")[0])


def _environment() -> dict[str, str]:
    """Return what the server may know: nothing of the application's secrets."""
    kept = ("PATH", "TZ", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")
    return {"LC_ALL": "C", **{name: os.environ[name] for name in kept if name in os.environ}}
