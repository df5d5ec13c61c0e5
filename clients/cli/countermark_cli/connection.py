"""Asking the server: through the generated client, again where it is busy, refusals raised."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from countermark_client import AuthenticatedClient

from countermark_cli import __version__
from countermark_cli.configuration import Configuration
from countermark_cli.failures import Refused, Unreachable, refusal

# The body is not touched where these are answered, or the same request is under way.
BUSY = {429, 503}
SAME_IS_UNDER_WAY = {"idempotency_key_in_use", "upload_locked"}
LONGEST_PAUSE_SECONDS, TOLD_PAUSE_SECONDS = 60, 5
TRIES = 6
CHUNK_BYTES = 1 << 20


class Connection:
    """A server, as one key sees it."""

    def __init__(
        self,
        configuration: Configuration,
        *,
        tries: int = TRIES,
        say: Callable[[str], None] = lambda sentence: None,
    ) -> None:
        self.url = configuration.url
        self._tries, self._say = tries, say
        self.client = AuthenticatedClient(
            base_url=configuration.url,
            token=configuration.key,
            headers={"User-Agent": f"countermark-cli/{__version__}"},
            timeout=httpx.Timeout(60, connect=10),
        )

    def ask(
        self,
        operation: Any,
        *,
        body: Callable[[], Any] | None = None,
        may_repeat: bool = False,
        **given: Any,
    ) -> Any:
        """Call an operation's module and return its answer, with status and headers.

        ``body`` makes the body anew for each try. Only what may be sent again is: what has no
        body, what has an ``idempotency_key``, and where the caller says so.
        """

        def send() -> Any:
            sent = given if body is None else {**given, "body": body()}
            try:
                return operation.sync_detailed(client=self.client, **sent)
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                told = f"{self.url} gave an answer that this version cannot read: {error!r}"
                raise Unreachable("unreadable_answer", told) from None

        may_repeat = may_repeat or body is None or "idempotency_key" in given
        return self._patiently(send, may_repeat=may_repeat)

    def etag(self, address: str) -> str:
        """Return the ETag of what is at ``address``: of copies their SHA-256, in quotes."""
        http = self.client.get_httpx_client()
        answer = self._patiently(lambda: http.head(self._own_path(address)))
        return str(answer.headers.get("ETag", ""))

    def save(self, address: str, target: Path, *, told: Callable[[int, int], None]) -> Path:
        """Stream what is at ``address`` into ``target``, which is there when it is whole.

        A broken download goes on where it was.
        """
        path = self._own_path(address)
        part = target.with_name(f".{target.name}.part")
        part.unlink(missing_ok=True)
        etags: list[str] = []
        self._patiently(lambda: self._save_rest(path, part, etags, told))
        return part.replace(target)

    def _save_rest(
        self, path: str, part: Path, etags: list[str], told: Callable[[int, int], None]
    ) -> Any:
        start = part.stat().st_size if part.exists() and etags else 0
        headers = {"Range": f"bytes={start}-", "If-Range": etags[0]} if start else {}
        http = self.client.get_httpx_client()
        with http.stream("GET", path, headers=headers) as answer:
            if answer.status_code >= 400:
                answer.read()
                return answer
            etags[:] = [tag] if (tag := answer.headers.get("ETag")) else []
            start = start if answer.status_code == 206 else 0
            whole = start + int(answer.headers.get("Content-Length", 0))
            with part.open("r+b" if start else "wb") as file:
                file.seek(start)
                for chunk in answer.iter_bytes(CHUNK_BYTES):
                    file.write(chunk)
                    told(file.tell(), whole)
        return answer

    def _own_path(self, address: str) -> str:
        """Return the path of an address of this server: the key goes nowhere else."""
        parts = urlsplit(address)
        if parts.netloc and parts.netloc != urlsplit(self.url).netloc:
            raise Refused("foreign_address", f"{address} is not at {self.url}.")
        return parts.path + (f"?{parts.query}" if parts.query else "")

    def _patiently(self, send: Callable[[], Any], *, may_repeat: bool = True) -> Any:
        for number in range(1, self._tries + 1):
            last = number == self._tries
            try:
                answer = send()
            except httpx.TransportError as error:
                if last or not (may_repeat or isinstance(error, httpx.ConnectError)):
                    raise Unreachable(
                        "unreachable", f"{self.url}: {error or type(error)}"
                    ) from None
                time.sleep(min(2 ** (number - 1), LONGEST_PAUSE_SECONDS) / 2)
                continue
            if answer.status_code < 400:
                return answer
            refused = refusal(int(answer.status_code), answer.content)
            if answer.status_code not in BUSY and refused.code not in SAME_IS_UNDER_WAY:
                raise refused
            pause = _pause(answer.headers.get("Retry-After"))
            if last or pause > LONGEST_PAUSE_SECONDS:
                raise Unreachable(refused.code, refused.detail, **refused.more)
            if pause >= TOLD_PAUSE_SECONDS:
                self._say(f"{refused.detail} Waiting for {pause:.0f} s.")
            time.sleep(pause)
        raise AssertionError("unreachable")


def _pause(asked: str | None) -> float:
    return float(asked) if asked and asked.isdigit() else 1.0
