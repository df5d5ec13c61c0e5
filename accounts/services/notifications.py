"""Telling members what has happened: in the app, by mail, as each of them wants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models.functions import Now

from accounts.models import Membership, Notification, NotificationChoice, NotificationKind, Role
from config.errors import Missing

if TYPE_CHECKING:
    from accounts.principal import Principal

EVERYBODY = tuple(role.value for role in Role)
KEPT = timedelta(days=90)
FORGOTTEN_AT_ONCE = 1000
UNREAD_MOST = 100


@dataclass(frozen=True, slots=True)
class Rule:
    """Whom a kind concerns, and whether they get mail unless they choose otherwise.

    ``has_own_mail``: its mail is composed and sent by who tells it, to ``mail_addresses``.
    """

    roles: Sequence[str]
    mails: bool
    has_own_mail: bool = False


RULES: Mapping[NotificationKind, Rule] = {
    NotificationKind.BATCH_ENDED: Rule(EVERYBODY, mails=False),
    NotificationKind.MEMBER_JOINED: Rule((Role.OWNER, Role.ADMIN), mails=False),
    NotificationKind.ENDPOINT_DISABLED: Rule((Role.OWNER, Role.ADMIN), True, has_own_mail=True),
    NotificationKind.USAGE_ALERT: Rule(
        (Role.OWNER, Role.ADMIN, Role.BILLING), True, has_own_mail=True
    ),
    NotificationKind.INVOICE_ISSUED: Rule((Role.OWNER, Role.BILLING), True, has_own_mail=True),
    NotificationKind.PAYMENT_DUE: Rule((Role.OWNER, Role.BILLING), mails=True),
}

# One statement, whoever is told: it runs in the transaction of what it tells of.
_TELL = """
    INSERT INTO accounts_notification
        (id, tenant_id, membership_id, kind, text, path, in_app, created_at, mail_after)
    SELECT gen_random_uuid(), member.tenant_id, member.id, %(kind)s, %(text)s, %(path)s,
        coalesce(choice.in_app, true), statement_timestamp(),
        CASE WHEN %(sends)s AND coalesce(choice.mail, %(mails)s) THEN statement_timestamp() END
    FROM accounts_membership member
    JOIN accounts_user person ON person.id = member.user_id AND person.is_active
    LEFT JOIN accounts_notificationchoice choice
        ON choice.membership_id = member.id AND choice.kind = %(kind)s
    WHERE member.tenant_id = %(tenant)s AND member.role = ANY(%(roles)s)
        AND (%(user)s::uuid IS NULL OR member.user_id = %(user)s)
        AND member.user_id IS DISTINCT FROM %(but)s::uuid
        AND (coalesce(choice.in_app, true) OR (%(sends)s AND coalesce(choice.mail, %(mails)s)))
"""


def notify(
    *,
    tenant_id: UUID,
    kind: NotificationKind,
    text: str,
    path: str,
    user_id: UUID | None = None,
    but: UUID | None = None,
) -> None:
    """Tell those whom ``kind`` concerns, or ``user_id`` alone, and never ``but``.

    ``path`` is a page of ours. In the transaction of what is told.
    """
    rule = RULES[kind]
    given: dict[str, Any] = {
        "tenant": tenant_id,
        "kind": kind.value,
        "text": _short(text),
        "path": path,
        "sends": not rule.has_own_mail,
        "mails": rule.mails,
        "roles": [str(role) for role in rule.roles],
        "user": user_id,
        "but": but,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TELL, given)


def mail_addresses(*, tenant_id: UUID, kind: NotificationKind) -> list[str]:
    """Return who is to have the mail of a kind that has its own."""
    rule = RULES[kind]
    people = Membership.objects.filter(
        tenant_id=tenant_id, role__in=rule.roles, user__is_active=True
    )
    choices = NotificationChoice.objects.filter(tenant_id=tenant_id, kind=kind)
    others = choices.filter(mail=not rule.mails).values("membership")
    wanting = people.exclude(pk__in=others) if rule.mails else people.filter(pk__in=others)
    return list(wanting.order_by("created_at", "id").values_list("user__email", flat=True))


@dataclass(frozen=True, slots=True)
class Choice:
    """How somebody is told of one kind."""

    kind: NotificationKind
    in_app: bool
    mail: bool


def choices_of(*, principal: Principal) -> list[Choice]:
    """Return how who asks is told of each kind that concerns their role."""
    if principal.user_id is None:
        return []
    own = NotificationChoice.objects.filter(
        tenant_id=principal.tenant_id, membership__user_id=principal.user_id
    )
    kept = {row.kind: row for row in own}
    return [
        Choice(
            kind,
            kept[kind].in_app if kind in kept else True,
            kept[kind].mail if kind in kept else rule.mails,
        )
        for kind, rule in RULES.items()
        if principal.role in rule.roles
    ]


def choose(*, principal: Principal, in_app: Iterable[str], mail: Iterable[str]) -> None:
    """Keep of which kinds who asks is told, and how; unknown ones mean nothing. Raises Missing."""
    in_app, mail = set(in_app), set(mail)
    if principal.user_id is None or principal.support is not None:
        raise Missing
    with transaction.atomic():
        membership = Membership.objects.filter(
            tenant_id=principal.tenant_id, user_id=principal.user_id
        ).first()
        if membership is None:
            raise Missing
        for kind, rule in RULES.items():
            if membership.role in rule.roles:
                NotificationChoice.objects.update_or_create(
                    tenant_id=principal.tenant_id,
                    membership=membership,
                    kind=kind,
                    defaults={"in_app": kind in in_app, "mail": kind in mail},
                )


def mark_read(*, principal: Principal, notification_id: UUID | None = None) -> None:
    """Mark one, or all, of one's own as read; again is the same. Raises Missing."""
    own = Notification.objects.visible_to(principal)
    if notification_id is not None:
        own = own.filter(pk=notification_id)
        if not own.exists():
            raise Missing
    own.filter(read_at__isnull=True).update(read_at=Now())


def count_unread(principal: Principal) -> int:
    """Return how many wait for who asks; a hundred stands for any more."""
    unread = Notification.objects.visible_to(principal).filter(read_at=None).order_by()
    return unread[:UNREAD_MOST].count()


def forget_notifications() -> int:
    """Delete those that nobody needs any more; return how many."""
    old = Notification.objects.filter(created_at__lt=Now() - KEPT).order_by("created_at")
    ids = list(old.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])
    return Notification.objects.filter(pk__in=ids).delete()[0] if ids else 0


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 300 else f"{line[:299]}…"
