"""Where the server is and which key is sent: options, then the environment, then the file."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from countermark_cli.failures import Misuse, NoAccess

URL, KEY, FILE = "COUNTERMARK_URL", "COUNTERMARK_KEY", "COUNTERMARK_CONFIG"


@dataclass(frozen=True)
class Configuration:
    """A server's address (no slash at its end) and a key for it."""

    url: str
    key: str


def configuration_file() -> Path:
    """Return where ``login`` keeps what it was told."""
    if named := os.environ.get(FILE):
        return Path(named)
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home) / "countermark" / "config.json"


def read_configuration(*, url: str | None) -> Configuration:
    """Return what counts; raise Misuse or NoAccess for what is missing.

    A key from the file is only sent to the server that it was given for.
    """
    kept = _kept()
    url = (url or os.environ.get(URL) or kept.get("url") or "").rstrip("/")
    if not url.startswith(("https://", "http://")):
        raise Misuse("no_server", f"Name the server with --url, {URL} or `countermark login`.")
    key = os.environ.get(KEY) or (kept.get("key") if kept.get("url") == url else None)
    if not key:
        raise NoAccess("no_key", f"There is no key for {url}: set {KEY} or `countermark login`.")
    return Configuration(url, key)


def keep_configuration(configuration: Configuration) -> Path:
    """Write the file so that nobody else can read it, at no moment; return where it is."""
    path = configuration_file()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"url": configuration.url, "key": configuration.key}, file)
    new.replace(path)
    return path


def _kept() -> dict[str, str]:
    path = configuration_file()
    try:
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise Misuse("open_configuration", f"Others can read {path}: chmod 600 it.")
        kept = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise Misuse("bad_configuration", f"{path} is not ours: {error}") from None
    return kept if isinstance(kept, dict) else {}
