"""One file a model."""

from accounts.models.api_key import APIKey
from accounts.models.attempts import AttemptCounter
from accounts.models.audit import AuditAction, AuditChain, AuditEntry
from accounts.models.idempotency import KeptOutcome
from accounts.models.invitation import Invitation
from accounts.models.logged_request import LoggedRequest
from accounts.models.marketplace_account import MarketplaceAccount
from accounts.models.membership import Membership, Role
from accounts.models.notification import Notification, NotificationChoice, NotificationKind
from accounts.models.outbox import OutboxEvent
from accounts.models.pending_signup import PendingSignup
from accounts.models.pulse import Pulse
from accounts.models.request_tally import RequestTally
from accounts.models.support_session import SupportSession
from accounts.models.tenant import Tenant
from accounts.models.ticket import SocketTicket
from accounts.models.token_grant import TokenGrant
from accounts.models.user import User
from accounts.models.webhook_delivery import WebhookAttempt, WebhookDelivery
from accounts.models.webhook_endpoint import WebhookEndpoint

__all__ = [
    "APIKey",
    "AttemptCounter",
    "AuditAction",
    "AuditChain",
    "AuditEntry",
    "Invitation",
    "KeptOutcome",
    "LoggedRequest",
    "MarketplaceAccount",
    "Membership",
    "Notification",
    "NotificationChoice",
    "NotificationKind",
    "OutboxEvent",
    "PendingSignup",
    "Pulse",
    "Role",
    "SocketTicket",
    "RequestTally",
    "SupportSession",
    "Tenant",
    "TokenGrant",
    "User",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
]
