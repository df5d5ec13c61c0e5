"""A Valkey server of our own: broker, cache and messages between worker and web."""

from __future__ import annotations

import signal
import socket
from dataclasses import dataclass
from pathlib import Path

from deploy.local.ports import LOOPBACK
from deploy.local.process import Process

ANSWER_SECONDS = 0.5


@dataclass(frozen=True)
class Valkey:
    """``directory`` holds the configuration and the data. The password keeps strangers apart:
    another server on the same port does not know it, so it is never taken for ours.
    """

    program: Path
    directory: Path
    port: int
    password: str

    @property
    def url(self) -> str:
        """The address for ``REDIS_URL``."""
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/0"

    def process(self, *, log: Path, lasting: bool = True) -> Process:
        """Return the server as the supervisor runs it; with ``lasting`` it keeps its data."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        # In a file, since arguments can be read by everybody on the machine.
        configuration = self.directory / "valkey.conf"
        configuration.touch(mode=0o600)
        configuration.write_text(self._configuration(lasting), encoding="utf-8")
        return Process(
            name="valkey",
            argv=(str(self.program), str(configuration)),
            environment={"LC_ALL": "C"},
            log=log,
            # The configuration names no directory: its syntax would need quoting.
            directory=self.directory,
            is_ready=self.is_ready,
            stop_signal=signal.SIGTERM,
        )

    def is_ready(self, _pid: int) -> bool:
        """Return whether a server that knows the password answers."""
        try:
            with socket.create_connection((LOOPBACK, self.port), ANSWER_SECONDS) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2 and (part := connection.recv(256)):
                    answer += part
        except OSError:
            return False
        return answer == b"+OK\r\n+PONG\r\n"

    def _configuration(self, lasting: bool) -> str:
        keeping = "appendonly yes\nappendfsync everysec" if lasting else "appendonly no"
        return (
            f"bind {LOOPBACK}\nport {self.port}\nrequirepass {self.password}\n"
            f'databases 64\nsave ""\n{keeping}\nloglevel notice\n'
        )
