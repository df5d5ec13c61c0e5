"""A workspace in which everything has a hostile name, given by every door that takes it."""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx2
from allauth.usersessions.models import UserSession
from django.db.models.functions import Now
from django.test import Client

from accounts.models import Membership, Role, Tenant
from accounts.tests.cast import Person
from accounts.tests.factories import PASSWORD, make_api_key, make_member, make_tenant
from bench.chaos.customer import Customer, make_customer, small_pdf
from bench.chaos.hostile_names import NAMES, fit
from bench.chaos.part import wait_until
from bench.chaos.stage import Stage
from documents.models import Document, Job
from documents.services.jobs import JobEnded, cancel_job
from documents.tests import builders

LONGEST = 120  # of the names of people, workspaces and keys


@dataclass
class Victim:
    """Somebody who works under a new name at each step, and the jobs of each name by state."""

    customer: Customer
    person: Person
    jobs: list[dict[str, Job]] = field(default_factory=list)
    refused: int = 0

    def rename(self, name: str) -> None:
        """Call the person and the workspace so, as of the next request."""
        tenant, user = self.person.tenant, self.person.user
        Tenant.objects.filter(pk=tenant.pk).update(name=fit(name, LONGEST))
        type(user).objects.filter(pk=user.pk).update(name=fit(name, LONGEST))

    def upload(self, name: str, content: bytes, **fields: str) -> httpx2.Response:
        """Send a file of that name, with that title and, with a text, for that mark."""
        return self.customer.http.post(
            "/watermark/" if fields else "/documents/",
            files={"file": (name, content, "application/pdf")},
            data={"title": name, **fields},
        )


def make_victim(stage: Stage) -> Victim:
    """Return the victim with a document, a key, a workspace, a session and a job of each name."""
    customer = make_customer(stage.url, "Victim")
    user = make_member("owner", tenant=customer.tenant, password=PASSWORD)
    victim = Victim(customer, Person(user, customer.tenant))
    workers = [*stage.start_workers(1), *stage.start_relays(1)]
    for name in NAMES:
        victim.jobs.append(_marked(victim, name))
        make_api_key(customer.tenant, name=fit(name, LONGEST))
        elsewhere = make_tenant(fit(name, LONGEST))
        Membership.objects.create(user=user, tenant=elsewhere, role=Role("viewer"))
        _sign_in_elsewhere(victim, name)
    wait_until(lambda: not Job.objects.filter(state__in=Job.LIVE_STATES).exists())
    for part in workers:
        part.stop()
    for name, jobs in zip(NAMES, victim.jobs, strict=True):
        jobs |= _unfinished(victim, name, jobs["succeeded"].document)
        for job in jobs.values():
            job.refresh_from_db()
    return victim


def _marked(victim: Victim, name: str) -> dict[str, Job]:
    """Upload under the name and ask for marks that say it; one succeeds, one fails."""
    texts = {"layers": '[{"watermark_text": "{{ document.title }} {{ org.name }}"}]'}
    victim.rename(name)
    answer = victim.upload(name, small_pdf(), watermark_text=name[:100], **texts)
    if answer.status_code == 422:  # some letters are in no font, some braces mean something
        victim.refused += 1
        answer = victim.upload(name, small_pdf(), watermark_text="CHAOS", **texts)
    if answer.status_code == 422:  # the title
        answer = victim.upload("x.pdf", small_pdf(), watermark_text="CHAOS")
    done = Job.objects.get(pk=answer.raise_for_status().json()["id"])
    # Past all doors, as it may have been let in by an older one.
    Document.objects.filter(pk=done.document_id).update(title=fit(name, 255))
    secret = victim.upload("secret.pdf", builders.encrypted(user="x"), watermark_text="x")
    failed = Job.objects.get(pk=secret.raise_for_status().json()["id"])
    Document.objects.filter(pk=failed.document_id).update(
        title=fit(name, 255), file_name=fit(name, 255)
    )
    return {"succeeded": done, "failed": failed}


def _unfinished(victim: Victim, name: str, document: Document) -> dict[str, Job]:
    """Return a job that waits, one cancelled and one that looks as if it ran."""
    jobs = {}
    for state in ("queued", "cancelled", "running"):
        asked = victim.customer.http.post(
            f"/documents/{document.pk}/watermark/", json={"watermark_text": "x"}
        )
        jobs[state] = Job.objects.get(pk=asked.raise_for_status().json()["id"])
    cancel_job(principal=victim.person.principal, job=jobs["cancelled"])
    lease: dict[str, Any] = {"lease_token": uuid.uuid4(), "lease_until": Now() + timedelta(hours=1)}
    Job.objects.filter(pk=jobs["running"].pk).update(
        state="running", started_at=Now(), attempt=1, pages=9, page=3, stage=fit(name, 24), **lease
    )
    return jobs


def put_away(victim: Victim) -> None:
    """End what still waits or only looks as if it ran, so that the rows agree again."""
    Job.objects.filter(state="running").update(
        state="queued", started_at=None, attempt=0, lease_token=None, lease_until=None, stage=""
    )
    for job in Job.objects.filter(state="queued"):
        with suppress(JobEnded):
            cancel_job(principal=victim.person.principal, job=job)


def _sign_in_elsewhere(victim: Victim, name: str) -> None:
    client = Client()
    client.force_login(victim.person.user)
    UserSession.objects.create(
        user=victim.person.user,
        ip="203.0.113.7",
        user_agent=fit(name, 200),
        session_key=client.session.session_key,
    )
