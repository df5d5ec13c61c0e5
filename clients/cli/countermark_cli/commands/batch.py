"""``countermark batch``: mark all files of a folder; one bad file never harms the others."""

from __future__ import annotations

import json
from argparse import Namespace
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from countermark_cli.commands.opening import connect, existing_folder
from countermark_cli.connection import Connection
from countermark_cli.failures import OK, SOME_FAILED, Failure, Misuse, NoAccess
from countermark_cli.marking import ask_for_mark, config_of, copy_name, wait_for
from countermark_cli.output import Output
from countermark_cli.uploads import digest_of, name_for

AT_ONCE = 4


def run(options: Namespace, output: Output) -> int:
    """Mark every file, several at once; what has its copy already is left alone."""
    folder, target = existing_folder(options.folder), options.output
    files = sorted(path for path in folder.rglob(options.pattern) if path.is_file())
    files = [path for path in files if not path.is_relative_to(target)]
    if not files:
        raise Misuse("no_files", f"{folder} has no {options.pattern}.")
    one = _Marking(connect(options), config_of(options), folder, target, output)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        results = list(pool.map(one.mark, files))
    failed = results.count(False)
    output.result(
        f"{len(files) - failed} of {len(files)} marked.",
        files=len(files),
        marked=len(files) - failed,
        failed=failed,
    )
    return SOME_FAILED if failed else OK


class _Marking:
    """One folder's files on their way."""

    def __init__(
        self,
        connection: Connection,
        config: dict[str, Any],
        folder: Path,
        target: Path,
        output: Output,
    ) -> None:
        self._connection, self._config = connection, config
        self._folder, self._target, self._output = folder, target, output

    def mark(self, path: Path) -> bool:
        """Mark a file; whether it has its copy. A repetition within a day finds the same job."""
        copy = self._target / path.relative_to(self._folder).with_name(copy_name(path))
        try:
            if not copy.exists():
                self._make(path, copy)
        except NoAccess:
            raise
        except Failure as failure:
            self._output.complaint(f"{path}: {failure}", file=str(path), **failure.as_dict())
            return False
        self._output.result(f"{path}: {copy}", file=str(path), copy=str(copy))
        return True

    def _make(self, path: Path, copy: Path) -> None:
        told = partial(self._output.progress, path.name)
        said = json.dumps(self._config, sort_keys=True)
        name = name_for("batch", str(path.relative_to(self._folder)), digest_of(path), said)
        job = ask_for_mark(self._connection, path, self._config, name=name, told=told)
        job = wait_for(self._connection, job, told=told)
        copy.parent.mkdir(parents=True, exist_ok=True)
        self._connection.save(job.download_url, copy, told=told)
