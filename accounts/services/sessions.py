"""Where somebody is signed in, in browsers and programs, and ending that."""

from __future__ import annotations

from uuid import UUID

from allauth.usersessions.models import UserSession
from django.db import transaction

from accounts.models import AuditAction, User
from accounts.services.audit import record_of_person
from accounts.services.grants import end_grant, end_grants
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


def end_log_in(*, user: User, grant_id: UUID) -> None:
    """Sign ``user`` out in the program that has this log-in. Raises Missing."""
    with transaction.atomic():
        end_grant(user=user, grant_id=grant_id)
        _record(user, 1)


def end_other_sessions(*, user: User, session_key: str | None) -> int:
    """Sign ``user`` out of all programs and all browsers but this session; return of how many."""
    others = list(UserSession.objects.filter(user=user).exclude(session_key=session_key or ""))
    with transaction.atomic():
        for session in others:
            session.end()
        ended = len(others) + end_grants(user=user)
        if ended:
            _record(user, ended)
    return ended


def _record(user: User, ended: int) -> None:
    action, details = AuditAction.SESSIONS_ENDED, {"sessions": ended}
    record_of_person(person=user, actor=user, action=action, details=details)
