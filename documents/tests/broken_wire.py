"""A TCP proxy that loses answers, breaks off in their middle, or lets nobody in."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress

from deploy.local.ports import LOOPBACK


class BrokenWire:
    """Passes connections on to ``port``.

    ``cut_after`` holds, for each answer to come, the number of bytes after which it is cut off
    (None: not at all); when the list is empty, everything passes.
    """

    def __init__(self, port: int) -> None:
        self.cut_after: list[int | None] = []
        self._is_away = False
        self._open: list[socket.socket] = []
        self.cuts = 0
        self._target = port
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port: int = self._listener.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def __enter__(self) -> BrokenWire:
        return self

    def __exit__(self, *raised: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._listener.close()

    def go_away(self) -> None:
        """Cut every connection, and each new one as soon as it is made."""
        self._is_away = True
        while self._open:
            with suppress(OSError):
                self._open.pop().shutdown(socket.SHUT_RDWR)

    def come_back(self) -> None:
        """Pass connections on again."""
        self._is_away = False

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self._is_away:
                    client.close()
                    continue
                self._open.append(client)
                server = socket.create_connection((LOOPBACK, self._target))
                threading.Thread(target=_pass_on, args=(client, server), daemon=True).start()
                threading.Thread(target=self._answer, args=(client, server), daemon=True).start()

    def _answer(self, client: socket.socket, server: socket.socket) -> None:
        limit: int | None = None
        with suppress(OSError):
            while data := server.recv(65536):
                if self.cut_after and data.startswith(b"HTTP/1.1 ") and data[9:12] != b"100":
                    limit = self.cut_after.pop(0)
                if limit is None:
                    client.sendall(data)
                    continue
                client.sendall(data[:limit])
                limit -= len(data)
                if limit <= 0:
                    self.cuts += 1
                    break
        # A reset, not an orderly end; it is sent once the other thread, too, has let go.
        with suppress(OSError):
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.shutdown(socket.SHUT_RD)
        client.close()
        server.close()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
