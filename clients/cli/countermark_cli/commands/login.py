"""``countermark login``: check a key, and keep it in a file that nobody else can read."""

from __future__ import annotations

import sys
from argparse import Namespace
from getpass import getpass

from countermark_client.api.auth import get_who_am_i

from countermark_cli.configuration import Configuration, keep_configuration
from countermark_cli.connection import Connection
from countermark_cli.failures import OK, Misuse
from countermark_cli.output import Output


def run(options: Namespace, output: Output) -> int:
    """Ask for the key (never as an argument: others see those), try it, keep it."""
    url = (options.url or input("Server (https://…): ")).strip().rstrip("/")
    if not url.startswith(("https://", "http://")):
        raise Misuse("no_server", "Name the server with --url https://…")
    configuration = Configuration(url, _key(options))
    me = Connection(configuration, tries=max(options.tries, 1)).ask(get_who_am_i).parsed
    path = keep_configuration(configuration)
    name = me.api_key.name if me.api_key else me.user.email if me.user else "?"
    output.result(
        f"This is “{name}” of {me.tenant.name}, kept in {path}.",
        workspace=me.tenant.name,
        name=name,
        scopes=[str(scope) for scope in me.scopes],
        file=str(path),
    )
    return OK


def _key(options: Namespace) -> str:
    if options.key_file is None:
        key = getpass("API key (not shown): ")
    elif str(options.key_file) == "-":
        key = sys.stdin.readline()
    else:
        key = options.key_file.read_text(encoding="utf-8")
    if not key.strip():
        raise Misuse("no_key", "There was no key.")
    return key.strip()
