"""``countermark jobs``: what is under way, and what has become of it."""

from __future__ import annotations

from argparse import Namespace
from functools import partial
from typing import Any

from countermark_client.api.jobs import get_job, list_jobs
from countermark_client.types import UNSET

from countermark_cli.commands.opening import connect
from countermark_cli.connection import Connection
from countermark_cli.failures import OK, SOME_FAILED
from countermark_cli.marking import wait_for
from countermark_cli.output import Output


def run(options: Namespace, output: Output) -> int:
    """Show one job, or list the newest."""
    connection = connect(options)
    if options.job is None:
        for job in _newest(connection, options):
            _tell(job, output)
        return OK
    job = connection.ask(get_job, job_id=options.job).parsed
    if options.wait:
        job = wait_for(connection, job, told=partial(output.progress, "marked"))
    _tell(job, output)
    return SOME_FAILED if job.state in ("failed", "cancelled", "expired") else OK


def _newest(connection: Connection, options: Namespace) -> list[Any]:
    state = options.state or UNSET
    limit = max(1, min(options.limit, 100))
    return list(connection.ask(list_jobs, state=state, limit=limit).parsed.results)


def _tell(job: Any, output: Output) -> None:
    why = f" {job.error.code}: {job.error.message}" if job.error else ""
    when = f"{job.created_at:%Y-%m-%d %H:%M}"
    sentence = f"{job.id}  {when}  {job.state:9}  {job.progress.percent:3} %{why}"
    output.result(sentence, **job.to_dict())
