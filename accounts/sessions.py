"""Where sessions are kept: Django's table, asked only for what can be the key of a session."""

from __future__ import annotations

import re

from django.contrib.sessions.backends import db

# What Django makes: 32 lower-case letters and digits.
_KEY = re.compile(r"[0-9a-z]{32}", re.ASCII)


class SessionStore(db.SessionStore):
    """Takes anything else for no key at all.

    A cookie may say ``"\\000"``, which is a NUL once unquoted: PostgreSQL would refuse the query.
    """

    def _validate_session_key(self, key: str | None) -> bool:
        return bool(key and _KEY.fullmatch(key))
