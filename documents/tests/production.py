"""The web process as it runs in production: its own command, behind a proxy that speaks TLS."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from config.tests.serving import Wire
from deploy.local.ports import free_port
from documents.tests.processes import PATIENCE_SECONDS, running, wait_until

SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "config.settings_test",
    "COUNTERMARK_PUBLIC_URL": "https://localhost",
    "COUNTERMARK_ALLOWED_HOSTS": "localhost",
    "COUNTERMARK_BEHIND_PROXY": "yes",
    "COUNTERMARK_LOG_LEVEL": "ERROR",
}
COMMAND = ("-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "config.asgi:application")


class Web:
    """A running web process."""

    def __init__(self, port: int) -> None:
        self.port = port

    def connect(self) -> Wire:
        """Return a raw connection."""
        return Wire(self.port)

    def answers(self) -> bool:
        """Whether it takes connections."""
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True


@contextmanager
def production_web(**changes: str) -> Iterator[Web]:
    """Run the web on this test's rows; ``changes`` are of its environment."""
    web = Web(free_port())
    with running(*COMMAND, COUNTERMARK_PORT=str(web.port), **{**SETTINGS, **changes}) as master:
        wait_until(lambda: master.poll() is not None or web.answers())
        assert master.poll() is None, "The web ended before it began to serve."
        yield web
        master.terminate()  # its workers would outlive a kill
        master.wait(PATIENCE_SECONDS)
