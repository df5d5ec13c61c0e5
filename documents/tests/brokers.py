"""A broker for a test that stops it."""

from __future__ import annotations

import secrets
import signal
import subprocess
from pathlib import Path

from deploy.local import binaries, ports
from deploy.local.valkey import Valkey
from documents.tests.processes import wait_until


class Broker:
    """A Valkey that only this test uses, and may stop."""

    def __init__(self, directory: Path) -> None:
        directory = directory / "broker"
        directory.mkdir()
        self._valkey = Valkey(
            binaries.valkey_server(), directory, ports.free_port(), secrets.token_urlsafe(24)
        )
        self.url = self._valkey.url
        self._log = directory / "valkey.log"
        self.start()

    def start(self) -> None:
        """Start it, with nothing in it, and return once it answers."""
        process = self._valkey.process(log=self._log, lasting=False)
        with self._log.open("ab") as log:
            self._popen = subprocess.Popen(
                process.argv, cwd=process.directory, stdout=log, stderr=log
            )
        wait_until(lambda: self._valkey.is_ready(self._popen.pid))

    def strike(self, number: signal.Signals) -> None:
        """Signal it."""
        self._popen.send_signal(number)

    def kill(self) -> None:
        """End it at once."""
        self._popen.kill()
        self._popen.wait()
