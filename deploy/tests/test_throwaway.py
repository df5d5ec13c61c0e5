"""Servers for a test run: real, shared out between its processes, and gone with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import redis

from deploy.local import binaries, lineage
from deploy.local.identity import Identity, become_nobody, server_identity
from deploy.local.place import ROOT
from deploy.local.postgres import LONGEST_SOCKET_PATH, cluster_at
from deploy.local.throwaway import share_of_test_process
from deploy.tests.processes import all_gone, eventually, family_of, plain_environment

TEST_RUN = """
import json, os, sys
from deploy.local.throwaway import start_throwaway_services
start_throwaway_services()
print(json.dumps(dict(os.environ)), flush=True)
sys.stdin.read()
"""


def start_test_run(**environment: str) -> tuple[subprocess.Popen[str], dict[str, str]]:
    """Start a process as pytest would be; return it and the environment it ended up with."""
    process = subprocess.Popen(
        (sys.executable, "-c", TEST_RUN),
        cwd=ROOT,
        env=plain_environment(**environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    return process, json.loads(process.stdout.readline())


@pytest.mark.skipif(not lineage.LINUX, reason="reads /proc")
def test_servers_vanish_with_a_killed_test_run():
    process, environment = start_test_run()
    family = family_of(process)
    with psycopg.connect(environment["DATABASE_URL"]) as connection:
        answer = connection.execute("SELECT current_setting('is_superuser')").fetchone()
        assert answer == ("off",)  # row-level security binds the tests' role as well
        connection.rollback()
    assert redis.Redis.from_url(environment["REDIS_URL"]).ping()

    process.kill()
    process.communicate()

    assert eventually(lambda: all_gone(family))
    assert eventually(lambda: not Path(environment["THROWAWAY_DIRECTORY"]).exists())


def test_where_a_socket_has_no_room_the_server_listens_with_a_password(tmp_path: Path):
    deep = tmp_path / ("d" * LONGEST_SOCKET_PATH)
    deep.mkdir()
    process, environment = start_test_run(TMPDIR=str(deep), REDIS_URL="redis://elsewhere/0")
    try:
        url = environment["DATABASE_URL"]
        assert "@127.0.0.1:" in url
        psycopg.connect(url).close()
        without_password = url.replace(url.partition(":")[2].partition("@")[0], "//countermark")
        with pytest.raises(psycopg.OperationalError, match="no password supplied"):
            psycopg.connect(without_password)
    finally:
        process.communicate()


def test_named_servers_win():
    names = {"DATABASE_URL": "postgresql://db.example/x", "REDIS_URL": "redis://mq.example/3"}
    process, environment = start_test_run(**names)
    directory = Path(environment["THROWAWAY_DIRECTORY"])

    assert {name: environment[name] for name in names} == names
    assert not (directory / "cluster").exists()
    assert not (directory / "valkey.conf").exists()
    process.communicate()
    assert not directory.exists()


def test_test_processes_share_nothing():
    common = {"THROWAWAY_DIRECTORY": "/t", "REDIS_URL": "redis://:secret@localhost:1/0"}

    shares = [share_of_test_process({**common, "PYTEST_XDIST_WORKER": gw}) for gw in ("gw0", "gw1")]

    assert shares[0]["REDIS_URL"] == "redis://:secret@localhost:1/1"
    assert shares[0]["COUNTERMARK_DATA_DIR"] == "/t/data-gw0"
    assert not set(shares[0].values()) & set(shares[1].values())
    again = share_of_test_process({**common, "PYTEST_XDIST_WORKER": "gw0", **shares[0]})
    assert again == {}  # in a process that a test started


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("identity", ["found", "nobody"])
def test_root_makes_a_cluster_below_a_directory_of_its_own(tmp_path: Path, identity: str):
    tmp_path.chmod(0o700)
    nobody = Identity("nobody", become_nobody, (65534, 65534))
    chosen = server_identity() if identity == "found" else nobody
    cluster = cluster_at(
        tmp_path, password="x", binaries=binaries.postgres_directory(), identity=chosen
    )

    cluster.create(lasting=False)

    assert cluster.exists()
    assert cluster.data.stat().st_uid == chosen.owner[0]
