"""The command line."""

from __future__ import annotations

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from countermark_cli import __version__
from countermark_cli.commands import batch, download, jobs, login, mark, upload, watch

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    Commands = _SubParsersAction[ArgumentParser]

STATUSES = """\
exit status:
  0  done        1  some files or jobs failed   2  wrong usage or local file
  3  refused     4  no key, or it may not       5  server not reached, or busy too long
"""


def parser() -> ArgumentParser:
    """Return the parser of everything; ``run`` of what it parsed is the command."""
    whole = ArgumentParser(
        prog="countermark",
        description="Mark PDF documents with Countermark.",
        epilog=STATUSES,
        formatter_class=RawDescriptionHelpFormatter,
    )
    whole.add_argument("--version", action="version", version=__version__)
    _add_commands(whole.add_subparsers(required=True, metavar="COMMAND"))
    return whole


def _add_commands(commands: Commands) -> None:
    shared, marks = _shared(), _marks()
    _login(commands.add_parser("login", parents=[shared], help="check a key and keep it"))
    _upload(commands.add_parser("upload", parents=[shared], help="store files"))
    _mark(
        commands.add_parser("mark", parents=[shared, marks], help="mark a file and fetch its copy")
    )
    _batch(commands.add_parser("batch", parents=[shared, marks], help="mark all files of a folder"))
    _watch(
        commands.add_parser("watch", parents=[shared, marks], help="mark what arrives in a folder")
    )
    _download(commands.add_parser("download", parents=[shared], help="fetch the copy of a job"))
    _jobs(commands.add_parser("jobs", parents=[shared], help="list jobs, or show one"))


def _login(one: ArgumentParser) -> None:
    one.add_argument("--key-file", type=Path, help="where the key is; - is standard input")
    one.set_defaults(run=login.run)


def _upload(one: ArgumentParser) -> None:
    one.add_argument("files", nargs="+", type=Path)
    one.add_argument("--title", help="what to call it (one file)")
    one.set_defaults(run=upload.run)


def _mark(one: ArgumentParser) -> None:
    one.add_argument("file", type=Path)
    one.add_argument("-o", "--output", type=Path, help="the copy (default: beside FILE)")
    one.add_argument("--no-wait", action="store_true", help="print the job and end")
    one.set_defaults(run=mark.run)


def _batch(one: ArgumentParser) -> None:
    one.add_argument("folder", type=Path)
    one.add_argument("-o", "--output", type=Path, required=True, help="a folder for the copies")
    one.add_argument("--pattern", default="*.pdf", help="which files (default: *.pdf)")
    one.set_defaults(run=batch.run)


def _watch(one: ArgumentParser) -> None:
    one.add_argument("folder", type=Path)
    one.add_argument("--pattern", default="*.pdf", help="which files (default: *.pdf)")
    one.add_argument("--interval", type=float, default=2.0, help="seconds between looks")
    one.add_argument("--once", action="store_true", help="mark what is there, then end")
    one.set_defaults(run=watch.run)


def _download(one: ArgumentParser) -> None:
    one.add_argument("job", type=UUID)
    one.add_argument("-o", "--output", type=Path, help="where to (default: JOB.pdf)")
    one.set_defaults(run=download.run)


def _jobs(one: ArgumentParser) -> None:
    one.add_argument("job", type=UUID, nargs="?")
    one.add_argument("--state", help="only these, such as failed")
    one.add_argument("--limit", type=int, default=25, help="at most so many (default: 25)")
    one.add_argument("--wait", action="store_true", help="until the one job has ended")
    one.set_defaults(run=jobs.run)


def _shared() -> ArgumentParser:
    shared = ArgumentParser(add_help=False)
    shared.add_argument("--url", help="the server (else COUNTERMARK_URL, else what login kept)")
    shared.add_argument("--json", action="store_true", help="print a JSON object a line")
    shared.add_argument("--tries", type=int, default=6, help="ask a busy server so often")
    shared.add_argument("-q", "--quiet", action="store_true", help="draw no progress")
    return shared


def _marks() -> ArgumentParser:
    marks = ArgumentParser(add_help=False)
    group = marks.add_argument_group("the mark (all fields: docs/watermarks.md of the server)")
    group.add_argument("--text", help="what it says")
    group.add_argument("--preset", type=UUID, help="a preset's id, for what is not said here")
    group.add_argument("--position", help="center, top_left, …, diagonal, tile")
    group.add_argument("--opacity", type=float)
    group.add_argument("--font-size", type=int)
    group.add_argument("--color")
    group.add_argument("--rotation", type=float)
    group.add_argument("--pages", help="such as 1,3-5,-1")
    group.add_argument("--config", type=Path, help="a file with the mark as JSON")
    group.add_argument("--set", action="append", metavar="NAME=VALUE", help="any other field")
    return marks
