"""One file a model."""

from accounts.models.api_key import APIKey
from accounts.models.attempts import AttemptCounter
from accounts.models.audit import AuditAction, AuditChain, AuditEntry
from accounts.models.idempotency import KeptOutcome
from accounts.models.membership import Membership, Role
from accounts.models.outbox import OutboxEvent
from accounts.models.tenant import Tenant
from accounts.models.ticket import SocketTicket
from accounts.models.token_grant import TokenGrant
from accounts.models.user import User

__all__ = [
    "APIKey",
    "AttemptCounter",
    "AuditAction",
    "AuditChain",
    "AuditEntry",
    "KeptOutcome",
    "Membership",
    "OutboxEvent",
    "Role",
    "SocketTicket",
    "Tenant",
    "TokenGrant",
    "User",
]
