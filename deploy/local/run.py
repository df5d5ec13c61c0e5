"""``make run``: everything Countermark needs, from one command, until Ctrl-C."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from deploy.local import binaries, environment, ports
from deploy.local.application import Application
from deploy.local.guardian import guard
from deploy.local.identity import server_identity
from deploy.local.place import Place
from deploy.local.postgres import Cluster, cluster_at
from deploy.local.problems import CannotStart
from deploy.local.process import Process
from deploy.local.supervisor import Supervisor
from deploy.local.terminal import Terminal, complain
from deploy.local.valkey import Valkey

OLD_LOG_BYTES = 10_000_000


def run(*, stop_with_parent: bool = False) -> int:
    """Run until told to stop; return the exit code."""
    values = environment.configured()
    place = Place(environment.data_directory(values))
    place.make()
    port = environment.web_port(values) or ports.free_port()
    place.hold(url=values.get("COUNTERMARK_PUBLIC_URL") or f"http://localhost:{port}")
    place.record.stop_leftovers()
    address = values.get("COUNTERMARK_BIND_ADDRESS") or ports.LOOPBACK
    if not ports.is_free(port, address):
        raise CannotStart(
            f"port {port} is taken by another program. "
            f"Choose another one: COUNTERMARK_PORT={port + 1} make run"
        )
    _put_old_logs_away(place.logs)

    def supervise(lifeline: int) -> int:
        try:
            return _supervisor(values, place, port, lifeline).run()
        except CannotStart as problem:
            complain(problem)
            return 1

    return guard(supervise, record=place.record, stop_with_parent=stop_with_parent)


def _supervisor(values: Mapping[str, str], place: Place, port: int, lifeline: int) -> Supervisor:
    terminal = Terminal(place.logs)
    cluster = None if values.get("DATABASE_URL") else _cluster(place)
    terminal.starting(first_time=cluster is not None and not cluster.exists())
    valkey = None if values.get("REDIS_URL") else _valkey(place)
    services = _services(place, cluster, valkey)
    complete = environment.for_application(
        values,
        place=place,
        port=port,
        database_url=cluster.url if cluster else values["DATABASE_URL"],
        redis_url=valkey.url if valkey else values["REDIS_URL"],
    )
    public_url = complete["COUNTERMARK_PUBLIC_URL"]
    application = Application(
        place=place,
        environment=complete,
        services=frozenset(service.name for service in services),
        web_address=_reachable(values.get("COUNTERMARK_BIND_ADDRESS"), port),
        web_host=urlsplit(public_url).netloc,
        owner_url=cluster.owner_url if cluster else values.get("DATABASE_OWNER_URL", ""),
    )
    return Supervisor(
        processes=[*services, *application.processes(database_is_ours=cluster is not None)],
        listener=terminal,
        record=place.record,
        on_ready=lambda: terminal.running(url=public_url, demo_login=application.demo_login()),
        lifeline=lifeline,
    )


def _services(place: Place, cluster: Cluster | None, valkey: Valkey | None) -> list[Process]:
    services = []
    if cluster:
        if cluster.exists():
            cluster.part_roles()
        else:
            cluster.create()
        services.append(cluster.process(log=place.logs / "postgres.log"))
    if valkey:
        services.append(valkey.process(log=place.logs / "valkey.log"))
    return services


def _cluster(place: Place) -> Cluster:
    return cluster_at(
        place.postgres,
        password=place.secret("postgres_password").read_text(encoding="utf-8"),
        binaries=binaries.postgres_directory(),
        identity=server_identity(),
    )


def _valkey(place: Place) -> Valkey:
    """On the same port as before where possible, so that printed addresses stay true."""
    port = ports.free_port(preferred=int(place.kept("valkey_port") or 0))
    place.keep("valkey_port", str(port))
    password = place.secret("valkey_password").read_text(encoding="utf-8")
    return Valkey(binaries.valkey_server(), place.valkey, port, password)


def _reachable(bind_address: str | None, port: int) -> tuple[str, int]:
    """Return where a server that listens on ``bind_address`` can be reached from here."""
    everywhere = {"": ports.LOOPBACK, "0.0.0.0": ports.LOOPBACK, "::": "::1"}  # noqa: S104 - compared, not bound
    address = bind_address or ""
    return everywhere.get(address, address), port


def _put_old_logs_away(logs: Path) -> None:
    for log in logs.glob("*.log"):
        if log.stat().st_size > OLD_LOG_BYTES:
            log.replace(log.with_suffix(".log.1"))
