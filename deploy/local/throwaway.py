"""PostgreSQL and Valkey for a test run: started once, gone with it whatever ends it.

The first process (pytest) starts a small supervisor, and holds the only writing end of its
standard input: however pytest ends, the supervisor reads the end of its input, kills the servers
and removes their directory. Test processes (xdist) find the addresses in the environment.
"""

from __future__ import annotations

import atexit
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from deploy.local import binaries, ports
from deploy.local.identity import server_identity
from deploy.local.leftovers import Record
from deploy.local.place import ROOT
from deploy.local.postgres import cluster_at
from deploy.local.process import Process
from deploy.local.supervisor import Supervisor
from deploy.local.terminal import ErrorsOnly
from deploy.local.valkey import Valkey

SCRATCH = "THROWAWAY_DIRECTORY"
DIVIDED_FOR = "THROWAWAY_DIVIDED_FOR"
STOP_SECONDS = 10
POSTGRES_SETTINGS = (
    *("fsync=off", "full_page_writes=off", "synchronous_commit=off"),
    *("max_connections=200", "shared_buffers=64MB"),
)


def start_throwaway_services() -> None:
    """Set ``DATABASE_URL`` and ``REDIS_URL`` to throwaway servers, unless they are set.

    ``COUNTERMARK_DATA_DIR`` becomes a directory that is removed afterwards. Test processes of
    xdist share the servers, each with its own directory, channels and Valkey database; Django
    gives each its own PostgreSQL database.
    """
    if SCRATCH not in os.environ:
        os.environ.update(_start_supervisor())
    os.environ.update(share_of_test_process(os.environ))


def serve_until_end_of_input() -> int:
    """Run the servers that are not named in the environment; print their addresses as JSON."""
    directory = Path(tempfile.mkdtemp(prefix="countermark-"))
    try:
        processes, addresses = _services(directory)
        return Supervisor(
            processes=processes,
            listener=ErrorsOnly(directory),
            record=Record(directory / "processes.json"),
            on_ready=lambda: print(json.dumps(addresses), flush=True),
            lifeline=sys.stdin.fileno(),
        ).run()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _start_supervisor() -> dict[str, str]:
    supervisor = subprocess.Popen(
        (sys.executable, "-m", "deploy.local", "throwaway"),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is pytest's; it may still need the servers to end well
    )
    atexit.register(_stop, supervisor, os.getpid())
    addresses = supervisor.stdout.readline() if supervisor.stdout else b""
    if not addresses:
        raise SystemExit("The throwaway services did not start; the reason is above.")
    return {str(name): str(value) for name, value in json.loads(addresses).items()}


def _stop(supervisor: subprocess.Popen[bytes], started_by: int) -> None:
    if os.getpid() != started_by or not supervisor.stdin:  # a forked child's exit is not the end
        return
    supervisor.stdin.close()
    try:
        supervisor.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        supervisor.kill()


def _services(directory: Path) -> tuple[list[Process], dict[str, str]]:
    """Return the processes to run, and the environment that leads to them."""
    processes, addresses = [], {SCRATCH: str(directory)}
    if not os.environ.get("DATABASE_URL"):
        cluster = cluster_at(
            directory,
            password=secrets.token_urlsafe(24),
            binaries=binaries.postgres_directory(),
            identity=server_identity(),
        )
        cluster.create(lasting=False, may_create_databases=True)
        server = cluster.process(log=directory / "postgres.log", settings=POSTGRES_SETTINGS)
        processes.append(replace(server, stop_signal=server.hurry_signal))
        addresses["DATABASE_URL"] = cluster.url
        addresses["DATABASE_OWNER_URL"] = cluster.owner_url
    if not os.environ.get("REDIS_URL"):
        password = secrets.token_urlsafe(24)
        valkey = Valkey(binaries.valkey_server(), directory, ports.free_port(), password)
        server = valkey.process(log=directory / "valkey.log", lasting=False)
        processes.append(replace(server, stop_signal=server.hurry_signal))
        addresses["REDIS_URL"] = valkey.url
    return processes, addresses


def share_of_test_process(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what keeps this test process apart from the others; again and again the same."""
    name = environment.get("PYTEST_XDIST_WORKER", "")
    if environment.get(DIVIDED_FOR) == (name or "main"):
        return {}
    share = {
        DIVIDED_FOR: name or "main",
        "COUNTERMARK_DATA_DIR": str(Path(environment[SCRATCH]) / f"data-{name or 'main'}"),
        "COUNTERMARK_CHANNEL_PREFIX": f"test-{name or 'main'}",
    }
    if name:
        address = urlsplit(environment["REDIS_URL"])
        number = int(address.path.lstrip("/") or 0) + int(name.removeprefix("gw")) + 1
        share["REDIS_URL"] = address._replace(path=f"/{number}").geturl()
    return share
