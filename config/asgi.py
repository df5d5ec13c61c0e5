"""The web process: every request, upload and socket enters here and takes its lane."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from config.lanes.process import allow_many_files, close_database_pools
from config.lanes.router import LaneRouter

if TYPE_CHECKING:  # these import models
    from config.lanes.answer import WSGIApplication
    from config.wire.threads import Threads
    from config.wire.types import Application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# Uploads begin and end in threads of their own: when hundreds end at once, nobody else queues
# behind them.
UPLOAD_THREADS = 2
# Enough to keep a disk busy; they never wait for anything else.
DISK_THREADS = 4
# More of both where the objects are far away: most of them wait for the network. Each upload may
# hold a database connection, and with those of ordinary requests there are twelve.
UPLOAD_THREADS_FOR_S3 = 4
DISK_THREADS_FOR_S3 = 16

# Each holds one child of the sandbox, which takes a processor; who would wait for more is told.
LOOK_THREADS = 2
LOOKS_WAITING_MAX = 30


def build_application() -> LaneRouter:
    """Return the wired application. Threads start with the first request, after any fork."""
    django = get_wsgi_application()
    # Only now, since these import models.
    from config.lanes.cross_origin import CrossOrigin
    from config.lanes.sync import WAITING_MAX, SyncLane
    from config.wire.threads import Threads
    from documents.api.holding import HeldAnswers
    from documents.api.looking_lane import LooksApart
    from documents.event_lane import EventLane
    from documents.routing import websocket_application

    allow_many_files()
    to_upload = UPLOAD_THREADS_FOR_S3 if settings.S3 else UPLOAD_THREADS
    to_read = DISK_THREADS_FOR_S3 if settings.S3 else DISK_THREADS
    threads = Threads(name="sync", count=settings.SYNC_THREADS, waiting_max=WAITING_MAX)
    uploads = Threads(name="upload", count=to_upload, waiting_max=WAITING_MAX)
    disk = Threads(name="disk", count=to_read)
    # A database that hangs takes every thread with it; who asks whether the process lives would
    # restart it for that.
    alive = Threads(name="alive", count=1, waiting_max=WAITING_MAX)
    alive_lane = SyncLane(django, threads=alive, reads=disk)
    files = _in_front_of(SyncLane(django, threads=threads, reads=disk), django, uploads, disk)
    looks = Threads(name="look", count=LOOK_THREADS, waiting_max=LOOKS_WAITING_MAX)
    apart = LooksApart(files, SyncLane(django, threads=looks, reads=disk))
    lanes = EventLane(HeldAnswers(apart), at_most=lambda: settings.MAX_EVENT_STREAMS)
    return LaneRouter(
        http=CrossOrigin(lanes, origins=lambda: settings.CORS_ORIGINS),
        websocket=websocket_application,
        apart={"/health": alive_lane, "/health/": alive_lane},
        on_shutdown=(
            *(each.close for each in (threads, uploads, disk, alive, looks)),
            close_database_pools,
        ),
    )


def _in_front_of(
    others: Application, django: WSGIApplication, uploads: Threads, disk: Threads
) -> Application:
    """Return the lanes that take files, in front of the one that serves all others."""
    from config.lanes.sync import SyncLane
    from config.wire.places import Places
    from documents.storage import blob_store
    from documents.upload_lane.admission import TooManyUploads
    from documents.upload_lane.lane import UploadLane
    from documents.upload_lane.resumable import ResumableLane

    answers, places = SyncLane(django, threads=uploads, reads=disk), Places(TooManyUploads)
    shared: dict[str, Any] = {
        "threads": uploads,
        "disk": disk,
        "store": blob_store,
        "places": places,
    }
    return ResumableLane(UploadLane(others, answers, **shared), answers, **shared)


application = build_application()
