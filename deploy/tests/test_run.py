"""``make run`` for real: the whole application, started, killed, started again and stopped."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.local import binaries, lineage, ports
from deploy.local.identity import server_identity
from deploy.local.place import ROOT
from deploy.local.postgres import DATABASE, OWNED, OWNER, ROLE, cluster_at
from deploy.tests.processes import (
    PATIENCE_SECONDS,
    all_gone,
    eventually,
    family_of,
    line_with,
    plain_environment,
)

Launch = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    started: list[subprocess.Popen[str]] = []

    def start(**environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            (sys.executable, "-m", "deploy.local", "run"),
            cwd=ROOT,
            env=plain_environment(COUNTERMARK_DATA_DIR=str(tmp_path / "var"), **environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.terminate()
        process.communicate()


def leave_one_role(directory: Path) -> Path:
    """Make the data look as before there were two roles; return the file that tells of both."""
    cluster = cluster_at(
        directory, password="", binaries=binaries.postgres_directory(), identity=server_identity()
    )
    statements = (
        f"REASSIGN OWNED BY {OWNER} TO {ROLE}",
        f"DROP OWNED BY {OWNER}",
        f"DROP ROLE {OWNER}",
    )
    cluster.run_alone(statements, database=DATABASE)
    (directory / "prepared").unlink()
    (cluster.data / OWNED).unlink()
    return cluster.data / OWNED


def status(url: str) -> int:
    with urllib.request.urlopen(url) as answer:
        return answer.status


@pytest.mark.long
@pytest.mark.skipif(not lineage.LINUX, reason="reads /proc")
def test_starts_survives_a_kill_and_stops(launch: Launch, tmp_path: Path):
    port = str(ports.free_port())
    url = f"http://localhost:{port}"

    first = launch(COUNTERMARK_PORT=port)
    assert line_with(first, "is running at") == f"Countermark is running at {url}\n"
    login = [first.stdout.readline().split(":")[0].strip() for _ in range(3)]
    assert login == ["login", "password", "api key"]
    assert status(f"{url}/ready") == 200

    second = launch(COUNTERMARK_PORT=port)
    said, _ = second.communicate(timeout=PATIENCE_SECONDS)
    assert (second.returncode, said) == (
        0,
        f"Countermark is already running at {url} (process {first.pid}); Ctrl-C there stops it.\n",
    )

    family = family_of(first)
    names = {
        entry["name"] for entry in json.loads((tmp_path / "var/run/processes.json").read_text())
    }
    assert {"postgres", "valkey", "web", "worker", "relay", "sender"} <= names
    first.kill()
    assert eventually(lambda: all_gone(family))

    owner_is_known = leave_one_role(tmp_path / "var" / "postgres")
    again = launch(COUNTERMARK_PORT=port)
    assert line_with(again, "is running at")
    assert owner_is_known.exists()
    assert status(f"{url}/ready") == 200
    family = family_of(again)
    again.send_signal(signal.SIGINT)
    assert again.wait(PATIENCE_SECONDS) == 0
    assert all_gone(family)


def test_a_taken_port_is_said_before_anything_starts(launch: Launch, tmp_path: Path):
    with socket.create_server((ports.LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        said, _ = launch(COUNTERMARK_PORT=str(port)).communicate(timeout=PATIENCE_SECONDS)

    assert f"port {port} is taken by another program" in said
    assert f"COUNTERMARK_PORT={port + 1} make run" in said
    assert not (tmp_path / "var" / "postgres").exists()


@pytest.mark.long
@pytest.mark.skipif(not lineage.LINUX, reason="reads /proc and /dev/shm")
def test_several_web_processes_tell_the_same_numbers(launch: Launch):
    port = str(ports.free_port())
    url = f"http://localhost:{port}"
    kept = kept_counts()
    running = launch(
        COUNTERMARK_PORT=port, COUNTERMARK_WEB_WORKERS="2", COUNTERMARK_METRICS_TOKEN="token"
    )
    assert line_with(running, "is running at")

    counted = [requests_counted(url) for _ in range(20)]
    # Each scrape is counted once it is answered; whichever process answers knows of all before it.
    assert counted == list(range(20))

    running.send_signal(signal.SIGINT)
    assert running.wait(PATIENCE_SECONDS) == 0
    assert kept_counts() == kept


def kept_counts() -> set[Path]:
    """Return where web processes keep their counts for each other."""
    return set(Path("/dev/shm").glob("countermark-metrics-*"))  # noqa: S108 - nothing is put there


def requests_counted(url: str) -> int:
    """Return how many scrapes were answered, by a connection of our own each time."""
    request = urllib.request.Request(f"{url}/metrics", headers={"Authorization": "Bearer token"})
    with urllib.request.urlopen(request) as answer:
        lines = answer.read().decode().splitlines()
    key = 'duration_seconds_count{method="GET",route="^metrics/?$"'
    return sum(int(float(line.split()[-1])) for line in lines if key in line)
