"""What commands have in common at their start: the connection and the files."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from countermark_cli.configuration import read_configuration
from countermark_cli.connection import Connection
from countermark_cli.failures import Misuse


def connect(options: Namespace) -> Connection:
    """Return the connection that the options, the environment or the file name."""
    quiet = options.quiet or options.json
    return Connection(
        read_configuration(url=options.url),
        tries=max(options.tries, 1),
        say=(lambda sentence: None) if quiet else _say,
    )


def _say(sentence: str) -> None:
    print(f"countermark: {sentence}", file=sys.stderr, flush=True)


def existing_file(path: Path) -> Path:
    """Return the path of a file that is there."""
    if not path.is_file():
        raise Misuse("no_file", f"{path} is no file.")
    return path


def existing_folder(path: Path) -> Path:
    """Return the path of a folder that is there."""
    if not path.is_dir():
        raise Misuse("no_folder", f"{path} is no folder.")
    return path
