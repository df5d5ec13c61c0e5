"""The application's processes, with the same commands as in the containers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from deploy.local.marks import Mark, digest_of_contents, digest_of_times
from deploy.local.place import ROOT, Place
from deploy.local.process import Process

ENTRYPOINT = str(ROOT / "deploy" / "entrypoint.sh")
ANSWER_SECONDS = 2.0
DEMO_OUTPUT = "demo-login"
# Celery's own sentence. Here, root is who the person at the terminal is, and knows it.
QUIET_ABOUT_ROOT = "ignore:You're running the worker with superuser privileges"


@dataclass(frozen=True)
class Application:
    """Builds the process list.

    ``services`` names the data services to come after, ``web_address`` is where the web listens
    and ``web_host`` the host by which it is asked (it refuses names it does not know).
    ``owner_url`` leads to the database as the owner of its tables; only the preparation hears it.
    """

    place: Place
    environment: Mapping[str, str]
    services: frozenset[str]
    web_address: tuple[str, int]
    web_host: str
    owner_url: str = ""

    def processes(self, *, database_is_ours: bool) -> list[Process]:
        """Return what of the preparation is needed, then web, worker, relay and sender."""
        steps = [*self._collect_static_files(), *self._prepare_database(database_is_ours)]
        after = self.services | {step.name for step in steps}
        quiet = {"PYTHONWARNINGS": QUIET_ABOUT_ROOT}
        return [
            *steps,
            self._process(
                *("web", "web"), after=after, is_ready=self.web_is_ready, probe_seconds=0.1
            ),
            self._process("worker", "worker", after=after, more_environment=quiet),
            self._process("relay", "relay", after=after),
            self._process("sender", "sender", after=after),
        ]

    def demo_login(self) -> list[str]:
        """Return what ``prepare_local`` said: login, password, key and staff, a line each."""
        return self.place.kept(DEMO_OUTPUT).splitlines()

    def web_is_ready(self, _pid: int) -> bool:
        """Return whether the web says that it can serve."""
        connection = HTTPConnection(*self.web_address, timeout=ANSWER_SECONDS)
        try:
            connection.request("GET", "/ready", headers={"Host": self.web_host})
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def _collect_static_files(self) -> list[Process]:
        inputs = [path for path in (ROOT / "static").rglob("*") if path.is_file()]
        inputs += ROOT.glob("requirements*.txt")
        done = Mark(ROOT / "staticfiles" / ".collected", digest_of_times(inputs))
        if done.is_current():
            return []
        command = "python manage.py collectstatic --no-input --verbosity 0"
        return [self._process("static files", *command.split(), once=True, on_success=done.set)]

    def _prepare_database(self, is_ours: bool) -> list[Process]:
        """Migrations and demo data; remembered only of a database of our own.

        Another one may have been restored or emptied since.
        """
        inputs = [*ROOT.glob("*/migrations/*.py"), *ROOT.glob("requirements*.txt")]
        inputs += ROOT.glob("*/demo.py")
        done = Mark(self.place.postgres / "prepared", digest_of_contents(inputs))
        if is_ours and done.is_current() and self.demo_login():
            return []
        return [
            self._process(
                "database",
                *"python manage.py prepare_local".split(),
                once=True,
                after=self.services,
                output=self.place.state / DEMO_OUTPUT,
                on_success=done.set if is_ours else None,
                more_environment={"DATABASE_OWNER_URL": self.owner_url},
            )
        ]

    def _process(
        self,
        name: str,
        *role: str,
        after: frozenset[str] = frozenset(),
        once: bool = False,
        is_ready: Callable[[int], bool] | None = None,
        probe_seconds: float = 0.0,
        on_success: Callable[[], None] | None = None,
        output: Path | None = None,
        more_environment: Mapping[str, str] | None = None,
    ) -> Process:
        return Process(
            name=name,
            argv=("sh", ENTRYPOINT, *role),
            environment={
                **self.environment,
                "DATABASE_OWNER_URL": "",
                **(more_environment or {}),
            },
            log=self.place.logs / f"{name.replace(' ', '-')}.log",
            output=output,
            after=after,
            once=once,
            is_ready=is_ready,
            probe_seconds=probe_seconds,
            on_success=on_success,
            directory=ROOT,
        )
