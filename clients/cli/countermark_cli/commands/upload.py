"""``countermark upload``: store files, to be marked later."""

from __future__ import annotations

from argparse import Namespace
from functools import partial

from countermark_cli.commands.opening import connect, existing_file
from countermark_cli.failures import OK, Misuse
from countermark_cli.output import Output
from countermark_cli.uploads import upload


def run(options: Namespace, output: Output) -> int:
    """Upload one after the other."""
    if options.title and len(options.files) > 1:
        raise Misuse("bad_option", "--title is for one file.")
    files = [existing_file(path) for path in options.files]
    connection = connect(options)
    for path in files:
        told = partial(output.progress, f"{path.name} up")
        document = upload(connection, path, title=options.title, told=told)
        output.result(
            f"{path}: document {document.id}",
            file=str(path),
            document_id=str(document.id),
            size_bytes=document.size_bytes,
        )
    return OK
