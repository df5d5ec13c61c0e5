"""The environment that the application's processes get."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from deploy.local.place import ROOT, Place
from deploy.local.problems import CannotStart

DEFAULT_PORT = 8000
SECRETS = ("COUNTERMARK_SECRET_KEY", "COUNTERMARK_API_KEY_PEPPER")


def configured() -> dict[str, str]:
    """Return this process's environment over the values of ``.env``, as the settings read them."""
    from dotenv import dotenv_values  # the only import from outside the standard library

    in_file = {name: value for name, value in dotenv_values(ROOT / ".env").items() if value}
    return {**in_file, **os.environ}


def data_directory(values: Mapping[str, str]) -> Path:
    """Return ``COUNTERMARK_DATA_DIR``, or ``var`` in the checkout."""
    return Path(values.get("COUNTERMARK_DATA_DIR") or ROOT / "var").resolve()


def web_port(values: Mapping[str, str]) -> int:
    """Return ``COUNTERMARK_PORT``; 0 stands for any free port."""
    text = values.get("COUNTERMARK_PORT") or str(DEFAULT_PORT)
    if not text.isdecimal() or int(text) > 65535:
        raise CannotStart(f"COUNTERMARK_PORT is {text!r}, but must be a port number.")
    return int(text)


def for_application(
    values: Mapping[str, str], *, place: Place, port: int, database_url: str, redis_url: str
) -> dict[str, str]:
    """Return ``values`` completed: what is set stays, what is missing suits this machine."""
    result = {
        "COUNTERMARK_PUBLIC_URL": f"http://localhost:{port}",
        "COUNTERMARK_LOG_FORMAT": "console",
        # The demo shall show an invoice.
        "COUNTERMARK_SELLER_NAME": "Demo Seller Ltd",
        "COUNTERMARK_SELLER_ADDRESS": "1 Example Street|Dublin|Ireland",
        "COUNTERMARK_TAX_RATE": "2300",
        **values,
        "COUNTERMARK_DATA_DIR": str(place.directory),
        "COUNTERMARK_PORT": str(port),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        # The entry script says `python` and means the one that runs this.
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{values.get('PATH', os.defpath)}",
        # Line by line, also into a file.
        "PYTHONUNBUFFERED": "1",
    }
    if not result["COUNTERMARK_PUBLIC_URL"].startswith("https://"):
        # A receiver that is being written runs on the same machine.
        result.setdefault("COUNTERMARK_WEBHOOK_TRUSTED_NETWORKS", "127.0.0.0/8,::1/128")
    for name in SECRETS:
        if not result.get(name) and not result.get(f"{name}_FILE"):
            result.pop(name, None)
            result[f"{name}_FILE"] = str(place.secret(name.removeprefix("COUNTERMARK_").lower()))
    return result
