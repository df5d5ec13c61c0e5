"""Telling members: who is told of what, in the app and by mail, and only what they want."""

from __future__ import annotations

import secrets
import uuid
from datetime import timedelta

import pytest
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Notification, NotificationChoice, NotificationKind, User
from accounts.models.webhook_endpoint import WebhookEndpoint
from accounts.services.invitations import accept_invitation
from accounts.services.notification_mails import mail_notifications
from accounts.services.notifications import forget_notifications, mail_addresses, notify
from accounts.services.webhook_endpoints import disable_failed
from accounts.tests.cast import Person
from accounts.tests.factories import (
    make_invitation,
    make_member,
    make_notification,
    make_user,
    make_webhook_endpoint,
)
from accounts.webhooks.tidying import tell_owners

pytestmark = pytest.mark.django_db

URL = "/settings/notifications/"


def texts(person: Person) -> list[str]:
    return list(Notification.objects.visible_to(person.principal).values_list("text", flat=True))


def choose(person: Person, *, in_app: str = "", mail: str = "") -> None:
    person.client.post(f"{URL}choices/", {"in_app": in_app.split(), "mail": mail.split()})


def tell_batch(person: Person, text: str = "Done") -> None:
    kind = NotificationKind.BATCH_ENDED
    notify(tenant_id=person.tenant.pk, kind=kind, text=text, path="/x/", user_id=person.user.pk)


class TestWhoIsTold:
    def test_one_alone(self, owner: Person, member: Person, stranger: Person) -> None:
        tell_batch(member)
        assert [texts(each) for each in (owner, member, stranger)] == [[], ["Done"], []]

    def test_a_strangers_id_tells_nobody(self, owner: Person, stranger: Person) -> None:
        kind = NotificationKind.BATCH_ENDED
        notify(tenant_id=owner.tenant.pk, kind=kind, text="x", path="/", user_id=stranger.user.pk)
        assert not Notification.objects.exists()

    def test_roles_that_it_concerns(self, owner: Person, member: Person, viewer: Person) -> None:
        endpoint, _ = make_webhook_endpoint(owner.tenant, url="https://hooks.example/secret/path")
        disable_failed(endpoint_id=endpoint.pk, reason=WebhookEndpoint.DisabledReason.FAILING)
        assert [len(texts(each)) for each in (owner, member, viewer)] == [1, 0, 0]
        assert "secret" not in texts(owner)[0]

    def test_who_joins_is_told_of_to_others(self, owner: Person) -> None:
        user = make_user(f"new{secrets.token_hex(6)}@example.org", name="Eve evil.example")
        _, text = make_invitation(owner.tenant, user.email, role="admin")
        accept_invitation(text=text, user=user)
        (told,) = Notification.objects.all()
        assert told.membership.user == owner.user
        assert "Eve" in told.text and "evil.example" not in told.text, "no link of theirs"

    def test_closed_accounts_are_not(self, owner: Person, member: Person) -> None:
        User.objects.filter(pk=member.user.pk).update(is_active=False)
        tell_batch(member)
        assert not Notification.objects.exists()

    def test_who_leaves_leaves_them_behind(self, owner: Person, member: Person) -> None:
        tell_batch(member)
        choose(member, in_app="batch_ended")
        member.client.post(f"/settings/team/{member.user.pk}/remove/")
        assert not Notification.objects.exists() and not NotificationChoice.objects.exists()

    def test_it_is_one_statement(
        self, member: Person, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        for _ in range(3):
            make_member("member", tenant=member.tenant)
        with django_assert_num_queries(1):
            tell_batch(member)

    def test_rows_stay_within_a_tenant(self, owner: Person, stranger: Person) -> None:
        place = stranger.user.memberships.get()
        row = Notification(tenant=owner.tenant, membership=place, kind="batch_ended", text="x")
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()
            Notification.objects.all().query  # noqa: B018 - the check is at the commit
            _check_now()


def _check_now() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class TestChoices:
    def test_nothing_where_nothing_is_wanted(self, member: Person) -> None:
        choose(member)
        tell_batch(member)
        assert not Notification.objects.exists()

    def test_mail_alone(self, member: Person, mailoutbox: list[EmailMessage]) -> None:
        choose(member, mail="batch_ended")
        tell_batch(member, "Batch <b>x</b> has ended")
        assert texts(member) == [] and mail_notifications() == 1
        (mail,) = mailoutbox
        assert mail.to == [member.user.email]
        assert "Batch <b>x</b> has ended · Acme" == mail.subject
        assert "/x/" in mail.body and "&lt;b&gt;x" in mail.alternatives[0][0]
        assert mail_notifications() == 0, "once"

    def test_the_app_alone_until_one_chooses(
        self, member: Person, mailoutbox: list[EmailMessage]
    ) -> None:
        tell_batch(member)
        assert texts(member) == ["Done"] and mail_notifications() == 0 and not mailoutbox

    def test_mails_of_others_respect_them(
        self, owner: Person, mailoutbox: list[EmailMessage]
    ) -> None:
        admin = Person(make_member("admin", tenant=owner.tenant), owner.tenant)
        choose(owner, in_app="endpoint_disabled usage_alert", mail="usage_alert")
        for kind, wanting in (
            (NotificationKind.ENDPOINT_DISABLED, [admin]),
            (NotificationKind.USAGE_ALERT, [owner, admin]),
            (NotificationKind.INVOICE_ISSUED, []),
        ):
            found = mail_addresses(tenant_id=owner.tenant.pk, kind=kind)
            assert found == [each.user.email for each in wanting]
        endpoint, _ = make_webhook_endpoint(owner.tenant)
        disable_failed(endpoint_id=endpoint.pk, reason=WebhookEndpoint.DisabledReason.GONE)
        assert tell_owners() == 1
        assert [mail.to for mail in mailoutbox] == [[admin.user.email]]
        assert len(texts(owner)) == 1

    def test_only_kinds_of_ones_role_are_offered_and_kept(self, viewer: Person) -> None:
        page = viewer.client.get(URL).content.decode()
        assert 'value="batch_ended"' in page and 'value="invoice_issued"' not in page
        choose(viewer, in_app="batch_ended invoice_issued nonsense", mail="invoice_issued")
        (kept,) = NotificationChoice.objects.all()
        assert (kept.kind, kept.in_app, kept.mail) == ("batch_ended", True, False)
        page = viewer.client.get(URL).content.decode()
        assert 'name="in_app" value="batch_ended" aria-label' in page

    def test_choosing_again_changes_it(self, viewer: Person) -> None:
        choose(viewer, mail="batch_ended")
        choose(viewer, in_app="batch_ended")
        (kept,) = NotificationChoice.objects.all()
        assert (kept.in_app, kept.mail) == (True, False)


class TestPage:
    def test_unread_are_counted_until_they_are_read(self, owner: Person) -> None:
        first = make_notification(owner.user, text="First <b>")
        make_notification(owner.user, text="Second")
        page = owner.client.get(URL).content.decode()
        assert "First &lt;b&gt;" in page and '>2<span class="visually-hidden"> new' in page
        owner.client.post(f"{URL}read/", {"notification": first.pk})
        page = owner.client.get("/settings/team/").content.decode()
        assert '>1<span class="visually-hidden"> new' in page
        for _ in range(2):
            assert owner.client.post(f"{URL}read/").status_code == 302
        assert "cm-unread" not in owner.client.get(URL).content.decode()

    def test_others_are_not_there(self, owner: Person, member: Person, stranger: Person) -> None:
        told = make_notification(owner.user, text="For the owner")
        for person in (member, stranger):
            assert "For the owner" not in person.client.get(URL).content.decode()
            for wanted in (told.pk, uuid.uuid4(), "nonsense"):
                answer = person.client.post(f"{URL}read/", {"notification": wanted})
                assert answer.status_code == 404
        assert Notification.objects.get().read_at is None

    def test_a_key_has_none(self, owner: Person) -> None:
        make_notification(owner.user)
        assert owner.api.post(f"{URL}choices/").status_code == 404

    def test_the_page_costs_the_same_however_many(
        self, owner: Person, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        make_notification(owner.user)
        owner.client.get(URL)
        with django_assert_num_queries(_queries(owner)):
            for _ in range(5):
                make_notification(owner.user)
            owner.client.get(URL)


def _queries(owner: Person) -> int:
    """Return how many a page of one costs, and making five more: three each."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as page:
        owner.client.get(URL)
    with CaptureQueriesContext(connection) as making:
        make_notification(owner.user)
    return len(page) + 5 * len(making)


def test_old_ones_are_forgotten(owner: Person) -> None:
    old, _ = make_notification(owner.user), make_notification(owner.user)
    Notification.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=91))
    assert (forget_notifications(), forget_notifications()) == (1, 0)
    assert Notification.objects.count() == 1
