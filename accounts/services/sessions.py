"""Where somebody is signed in, and ending that."""

from __future__ import annotations

from allauth.usersessions.models import UserSession
from django.db import transaction

from accounts.models import AuditAction, User
from accounts.services.audit import record_of_person
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
    with transaction.atomic():
        session.end()
        _record(user, 1)


def end_other_sessions(*, user: User, session_key: str | None) -> int:
    """Sign ``user`` out everywhere but in the session with this key; return how often."""
    others = list(UserSession.objects.filter(user=user).exclude(session_key=session_key or ""))
    with transaction.atomic():
        for session in others:
            session.end()
        if others:
            _record(user, len(others))
    return len(others)


def _record(user: User, ended: int) -> None:
    action, details = AuditAction.SESSIONS_ENDED, {"sessions": ended}
    record_of_person(person=user, actor=user, action=action, details=details)
