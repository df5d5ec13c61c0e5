"""Settings for tools that read the code and touch no service: mypy, ``check``, ``spectacular``."""

import os

os.environ.setdefault("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:1/0")
os.environ.setdefault("COUNTERMARK_SECRET_KEY", "only-for-tools-that-read-the-code")
# Else the checks would warn that nothing is billed.
os.environ.setdefault("COUNTERMARK_SELLER_NAME", "Nobody")

from config.settings import *  # noqa: E402, F403 - a settings module is its base plus changes
