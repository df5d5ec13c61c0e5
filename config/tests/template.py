"""One migrated database for all test processes: the first makes it, and each copies it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from django.conf import settings
from django.db import connection

from deploy.local.throwaway import SCRATCH

NAME = "test_template"


def use_template() -> None:
    """Let this process's test database be a copy: migrating takes seconds, copying a moment."""
    with (Path(os.environ[SCRATCH]) / NAME).open("a+") as note:
        fcntl.flock(note, fcntl.LOCK_EX)
        if not note.tell():
            _make()
            note.write("made")
    connection.settings_dict["TEST"]["TEMPLATE"] = NAME


def _make() -> None:
    test, ours = connection.settings_dict["TEST"], connection.settings_dict["NAME"]
    name = test["NAME"]
    test["NAME"] = NAME
    try:
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    finally:
        connection.close()
        test["NAME"] = name
        connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = ours
