"""``countermark mark``: upload a file, have it marked, fetch the copy."""

from __future__ import annotations

from argparse import Namespace
from functools import partial

from countermark_cli.commands.opening import connect, existing_file
from countermark_cli.failures import OK
from countermark_cli.marking import ask_for_mark, config_of, copy_name, wait_for
from countermark_cli.output import Output


def run(options: Namespace, output: Output) -> int:
    """Mark one file."""
    path = existing_file(options.file)
    config = config_of(options)
    connection = connect(options)
    job = ask_for_mark(connection, path, config, told=partial(output.progress, f"{path.name} up"))
    if options.no_wait:
        output.result(f"{path}: job {job.id}", file=str(path), job_id=str(job.id))
        return OK
    job = wait_for(connection, job, told=partial(output.progress, f"{path.name} marked"))
    target = options.output or path.with_name(copy_name(path.with_stem(f"{path.stem}-marked")))
    told = partial(output.progress, f"{path.name} down")
    connection.save(job.download_url, target, told=told)
    output.result(
        f"{path}: {target} ({job.progress.pages} pages)",
        file=str(path),
        job_id=str(job.id),
        copy=str(target),
        pages=job.progress.pages,
        warnings=job.warnings,
    )
    return OK
