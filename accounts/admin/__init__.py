"""The staff's view of this room, one file a model."""

from accounts.admin import mails
from accounts.admin.api_key import APIKeyAdmin
from accounts.admin.audit import AuditEntryAdmin
from accounts.admin.membership import MembershipAdmin
from accounts.admin.outbox import OutboxEventAdmin
from accounts.admin.pulse import PulseAdmin
from accounts.admin.second_factor import AuditedGroupAdmin, SecondFactorAdmin, SessionAdmin
from accounts.admin.site import name_the_site
from accounts.admin.support import SupportSessionAdmin
from accounts.admin.tenant import TenantAdmin
from accounts.admin.token_grant import TokenGrantAdmin
from accounts.admin.user import UserAdmin
from accounts.admin.webhooks import WebhookDeliveryAdmin, WebhookEndpointAdmin

__all__ = [
    "APIKeyAdmin",
    "AuditEntryAdmin",
    "AuditedGroupAdmin",
    "MembershipAdmin",
    "PulseAdmin",
    "OutboxEventAdmin",
    "SecondFactorAdmin",
    "SessionAdmin",
    "SupportSessionAdmin",
    "TenantAdmin",
    "TokenGrantAdmin",
    "UserAdmin",
    "WebhookDeliveryAdmin",
    "WebhookEndpointAdmin",
    "mails",
]

name_the_site()
