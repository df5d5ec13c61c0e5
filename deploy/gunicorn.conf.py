"""Gunicorn for the web role: uvicorn workers, configured by the environment.

The settings are read here, before there is any worker: one that ends over a misspelt name would be
replaced for ever.
"""

import logging
import os
import shutil
import tempfile
from typing import Any

from gunicorn.arbiter import Arbiter
from gunicorn.config import Config
from gunicorn.glogging import Logger
from uvicorn_worker import UvicornWorker

from config import settings
from config.log import configure
from config.wire.handshakes import GuardedHandshakes
from config.wire.heads import BoundedHeads

configure(settings.LOGGING)

# The kernel's memory file system, where there is one.
MEMORY = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112, S108 - nothing secret lies there
if settings.WEB_WORKERS > 1 and "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    # Whichever process is asked for /metrics tells what all of them have answered. The library
    # looks for this name when it is imported, which the workers do.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(
        prefix="countermark-metrics-", dir=MEMORY
    )

STOP_SECONDS = 20


class OneOutput(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Gunicorn's own messages as structured lines, like everything else this process says."""

    def setup(self, cfg: Config) -> None:
        """Drop gunicorn's handlers, so that the root's formats and writes its lines."""
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


class Worker(UvicornWorker):  # type: ignore[misc]  # nor has uvicorn-worker
    """Uvicorn as this service wants it."""

    CONFIG_KWARGS = {
        **UvicornWorker.CONFIG_KWARGS,
        "server_header": False,
        # By itself it believes whoever connects from 127.0.0.1; config/caller.py asks the settings.
        "proxy_headers": False,
        "http": BoundedHeads,
        "ws": GuardedHandshakes,
        # A client only ever tells us small things; the frames to it are not limited by this.
        "ws_max_size": 16 * 1024,
        "ws_per_message_deflate": False,
        "timeout_graceful_shutdown": STOP_SECONDS - 5,
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        logging.getLogger("uvicorn.error").propagate = True


host = settings.BIND_ADDRESS
bind = f"[{host}]:{settings.PORT}" if ":" in host else f"{host}:{settings.PORT}"
workers = settings.WEB_WORKERS
worker_class = Worker
logger_class = OneOutput
# One line per request is written by the application (config/middleware.py).
accesslog = None
# A worker that does not answer for this long is replaced; no request may block the loop.
timeout = 60
graceful_timeout = STOP_SECONDS
# Above the proxy's own, so that it is the proxy that closes an idle connection.
keepalive = 75
# Heartbeat files on a disk can block a worker.
worker_tmp_dir = MEMORY
# The remote control would write a socket into the home directory, which containers do not have.
control_socket_disable = True


def on_exit(_: Arbiter) -> None:
    """Throw the counts away; they belong to these processes."""
    if directory := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        shutil.rmtree(directory, ignore_errors=True)
