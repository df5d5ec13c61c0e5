"""``countermark download``: fetch a job's copy, once it is there."""

from __future__ import annotations

from argparse import Namespace
from functools import partial
from pathlib import Path

from countermark_client.api.jobs import get_job

from countermark_cli.commands.opening import connect
from countermark_cli.failures import OK
from countermark_cli.marking import wait_for
from countermark_cli.output import Output


def run(options: Namespace, output: Output) -> int:
    """Wait for the job's end and save the copy."""
    connection = connect(options)
    job = connection.ask(get_job, job_id=options.job).parsed
    job = wait_for(connection, job, told=partial(output.progress, "marked"))
    target = options.output or Path(f"{job.id}.pdf")
    connection.save(job.download_url, target, told=partial(output.progress, "down"))
    output.result(f"{target}", job_id=str(job.id), copy=str(target))
    return OK
