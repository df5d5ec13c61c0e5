"""Private servers and the product's own processes for one scenario, gone with it.

PostgreSQL and Valkey are ours to stop, wipe and start again; web, workers and relays are the same
commands as everywhere (deploy/entrypoint.sh), kept running as a supervisor keeps them. Clocks are
scaled by the settings that operators have, never by a faked time.
"""

from __future__ import annotations

import fcntl
import io
import json
import os
import secrets
import shutil
import sys
import tempfile
import threading
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Self

from bench.chaos.finding import Finding
from bench.chaos.part import Part
from config.database.reach import serve_all_tenants
from deploy.local import binaries, ports
from deploy.local.identity import server_identity
from deploy.local.place import ROOT
from deploy.local.postgres import cluster_at
from deploy.local.process import Process
from deploy.local.valkey import Valkey

ENTRYPOINT = str(ROOT / "deploy" / "entrypoint.sh")
QUIET = "ignore:You're running the worker with superuser privileges"
LOOK_SECONDS = 0.1


class Stage:
    """The servers, running and migrated, and this process as one more of the application's.

    ``url`` is where ``start_web`` listens, ``environment`` what further processes are given.
    """

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="countermark-chaos-"))
        self.parts: dict[str, Part] = {}
        self._ending = threading.Event()
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self.cluster = cluster_at(
            self.directory,
            password=secrets.token_urlsafe(24),
            binaries=binaries.postgres_directory(),
            identity=server_identity(),
        )
        self.valkey_server = Valkey(
            binaries.valkey_server(),
            self.directory / "valkey",
            ports.free_port(),
            secrets.token_urlsafe(24),
        )
        self.port = ports.free_port()
        self.url = f"http://localhost:{self.port}"
        self.environment = self._environment()

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            undo.callback(self._end)
            # Here it is known who owns the tables, as where a release is migrated.
            owner = {"DATABASE_OWNER_URL": self.cluster.owner_url}
            os.environ.update(self.environment, **owner, COUNTERMARK_LOG_LEVEL="ERROR")
            # Made without waiting for the disk, but run as durable as in production.
            self.cluster.create(lasting=False)
            self._add(self.cluster.process(log=self._log("postgres"))).start()
            self._add(self.valkey_server.process(log=self._log("valkey"), lasting=False)).start()
            self._prepare_application()
            self._keeper.start()
            undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    @property
    def postgres(self) -> Part:
        """The database server."""
        return self.parts["postgres"]

    @property
    def valkey(self) -> Part:
        """Broker, cache and messages; keeps nothing over a restart."""
        return self.parts["valkey"]

    def start_web(self, **more: str) -> Part:
        """Start the web process and return once it is ready to serve."""
        return self._start("web", "web", is_ready=True, **more)

    def start_web_on_small_disk(self, directory: Path, size_bytes: int) -> Part:
        """Start it where ``directory``, its data directory, is a file system of that size."""
        directory.mkdir(exist_ok=True)
        disk = ("-m", "documents.tests.small_disk", str(directory), str(size_bytes), "10000")
        server = ("-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "config.asgi:application")
        more = {"COUNTERMARK_DATA_DIR": str(directory), "COUNTERMARK_DATABASE_POOL": "12"}
        return self._start("web", "python", *disk, *server, is_ready=True, **more)

    def start_workers(self, count: int = 1, *, concurrency: int = 2, **more: str) -> list[Part]:
        """Start so many Celery parents, each with ``concurrency`` children."""
        more = {"COUNTERMARK_WORKER_CONCURRENCY": str(concurrency), **more}
        return [self._start(f"worker-{number}", "worker", **more) for number in range(count)]

    def start_relays(self, count: int = 1, **more: str) -> list[Part]:
        """Start so many relays."""
        return [self._start(f"relay-{number}", "relay", **more) for number in range(count)]

    def start_senders(self, count: int = 1, **more: str) -> list[Part]:
        """Start so many senders of webhooks."""
        return [self._start(f"sender-{number}", "sender", **more) for number in range(count)]

    def log_of(self, name: str) -> str:
        """Return what a process has printed so far."""
        return self._log(name).read_text(encoding="utf-8", errors="replace")

    def invariants(self) -> Finding:
        """Ask ``check_invariants``, all bytes read."""
        from django.core.management import call_command

        out = io.StringIO()
        try:
            call_command("check_invariants", "--json", "--read-bytes", stdout=out)
        except SystemExit:
            pass
        found = json.loads(out.getvalue())["invariants"]
        bad = [one for one in found if one["status"] != "held"]
        figures = f"{len(found) - len(bad)} of {len(found)} hold"
        return Finding("invariants", not bad, f"{figures}{': ' + json.dumps(bad) if bad else ''}")

    def _start(self, name: str, *role: str, is_ready: bool = False, **more: str) -> Part:
        part = self._add(
            Process(
                name=name,
                argv=("sh", ENTRYPOINT, *role),
                environment={**self.environment, "PYTHONWARNINGS": QUIET, **more},
                log=self._log(name),
                directory=ROOT,
                is_ready=self._web_is_ready if is_ready else None,
            )
        )
        part.start()
        return part

    def _add(self, process: Process) -> Part:
        part = self.parts[process.name] = Part(process)
        return part

    def _web_is_ready(self, _pid: int) -> bool:
        connection = HTTPConnection("localhost", self.port, timeout=2)
        try:
            connection.request("GET", "/ready")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def _log(self, name: str) -> Path:
        return self.directory / f"{name}.log"

    def _environment(self) -> dict[str, str]:
        own = ("COUNTERMARK_", "DATABASE_", "REDIS_URL", "DJANGO_", "THROWAWAY_", "PYTEST_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
        return {
            **kept,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": self.cluster.url,
            "REDIS_URL": self.valkey_server.url,
            "COUNTERMARK_DATA_DIR": str(self.directory / "data"),
            "COUNTERMARK_PORT": str(self.port),
            "COUNTERMARK_PUBLIC_URL": self.url,
            "COUNTERMARK_LOG_FORMAT": "json",
            # Somebody sells, so that months are billed as they are closed.
            "COUNTERMARK_SELLER_NAME": "Countermark Chaos Limited",
            "COUNTERMARK_SELLER_ADDRESS": "1 Broken Lane|Dublin|Ireland",
            "COUNTERMARK_SELLER_TAX_ID": "IE0000000X",
            "COUNTERMARK_SECRET_KEY": secrets.token_urlsafe(48),
            "COUNTERMARK_API_KEY_PEPPER": secrets.token_urlsafe(48),
            "CELERY_SKIP_CHECKS": "yes",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONUNBUFFERED": "1",
        }

    def _prepare_application(self) -> None:
        import django
        from django.core.management import call_command

        django.setup()
        serve_all_tenants()
        call_command("migrate", verbosity=0, interactive=False)
        with (ROOT / "manage.py").open() as lock:
            # Another stage may be gathering them just now; half of them would not do.
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (ROOT / "staticfiles" / "staticfiles.json").exists():
                call_command("collectstatic", verbosity=0, interactive=False)

    def _keep(self) -> None:
        while not self._ending.wait(LOOK_SECONDS):
            for part in tuple(self.parts.values()):
                part.look_after()

    def _end(self) -> None:
        self._ending.set()
        if self._keeper.is_alive():
            self._keeper.join()
        for part in reversed(self.parts.values()):
            part.stop(part.process.hurry_signal)
        if not os.environ.get("KEEP_STAGE"):
            shutil.rmtree(self.directory, ignore_errors=True)
