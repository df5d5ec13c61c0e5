"""Where somebody is signed in, and ending that."""

from __future__ import annotations

from allauth.usersessions.models import UserSession

from accounts.models import User
from config.errors import Missing


def list_sessions(*, user: User) -> list[UserSession]:
    """Return the sessions that still hold, the newest first; forget the others."""
    held: list[UserSession] = UserSession.objects.purge_and_list(user)
    return sorted(held, key=lambda session: session.created_at, reverse=True)


def end_session(*, user: User, session_id: int) -> None:
    """Sign ``user`` out where that session is. Raises Missing."""
    session = UserSession.objects.filter(user=user, pk=session_id).first()
    if session is None:
        raise Missing
    session.end()


def end_other_sessions(*, user: User, session_key: str | None) -> int:
    """Sign ``user`` out everywhere but in the session with this key; return how often."""
    others = list(UserSession.objects.filter(user=user).exclude(session_key=session_key or ""))
    for session in others:
        session.end()
    return len(others)
