"""Every page: a stranger's browser is told that it is not there."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote

import pytest

from accounts.models import Membership
from accounts.once import FIELD
from documents.models import Document
from documents.tests.isolation.addresses import Form, Forms, Page, every_page
from documents.tests.isolation.calls import Call, InProcess
from documents.tests.isolation.matrix import (
    OPEN_PAGES,
    OPEN_PAGES_KEYS,
    STAFF_PAGES,
)
from documents.tests.isolation.pages import CLOSED, OF_TENANTS, address_of, ask
from documents.tests.isolation.traces import every_row, rows_of
from documents.tests.isolation.world import World

with_ids = pytest.mark.parametrize("page", [each for each in CLOSED if each.keys], ids=str)
without_ids = pytest.mark.parametrize(
    "page",
    [each for each in OF_TENANTS if not each.keys],
    ids=str,
)
# Of the ids that forms are sent, behind walls one in so many.
FORM_IDS_BEHIND_WALLS = 6


@with_ids
def test_a_stranger_is_told_that_it_is_not_there(
    world: World, caller: InProcess, page: Page
) -> None:
    foreign, unknown = address_of(page, world.victim), address_of(page, None)
    secrets, before = world.secrets, every_row()
    for credential in world.strangers:
        answers = [ask(caller, credential.headers, each) for each in (foreign, unknown)]
        assert {answer.status for answer in answers[0]} <= {404, 405}
        assert 404 in {answer.status for answer in answers[0]}
        ids = (foreign, quote(foreign, safe=""), unknown, quote(unknown, safe=""))
        for one, other in zip(*answers, strict=True):
            assert one.but_for(*ids) == other.but_for(*ids)
            assert secrets.in_answer(one, *foreign.split("/")) == []
    assert every_row() == before


@without_ids
def test_what_a_page_shows_does_not_depend_on_others(
    world: World, caller: InProcess, page: Page
) -> None:
    call = Call("GET", page.address({}))
    before = caller.send(call, world.session.headers)
    world.furnish()
    after = caller.send(call, world.session.headers)
    assert after.status in (200, 302, 405)
    assert after.but_for() == before.but_for()
    assert world.secrets.in_answer(after) == []


@pytest.mark.long
def test_every_form_refuses_ids_of_others(world: World, caller: InProcess) -> None:
    """The forms are read from the pages themselves, so a new one is in the sweep at once."""
    Membership.objects.create(user=world.other, tenant=world.suspended, role="owner")
    ids = one_of_each(world)[:: FORM_IDS_BEHIND_WALLS if world.behind_walls else 1]
    titles = [Document.objects.filter(tenant=world.victim)[0].title]
    forms = forms_of(world, caller, world.session.headers)
    asked, before = 0, every_row()
    for form in forms:
        for name, value in form.fields.items():
            if name == FIELD:
                continue  # names a drawing of the form, not a thing
            if _is_uuid(value):
                foreign, unknown = ids, str(uuid.uuid4())
            elif form.method == "GET":
                foreign, unknown = titles, "x" * len(titles[0])
            else:
                continue
            as_unknown = sent(caller, world.session.headers, form, name, unknown)
            assert as_unknown[0] >= 400 or foreign is titles
            for each in foreign:
                assert sent(caller, world.session.headers, form, name, each) == as_unknown
                asked += 1
    assert asked > len(ids) + len(titles)
    assert every_row() == before


def one_of_each(world: World) -> list[str]:
    """Return an id of the victim's of every model, and of every state that its rows are in."""
    found = {
        (label, row.get("state")): str(pk)
        for label, rows in rows_of(world.victim).items()
        for pk, row in rows.items()
    }
    return [each for each in found.values() if _is_uuid(each)]


def forms_of(world: World, caller: InProcess, headers: dict[str, str]) -> list[Form]:
    """Return every form that the stranger sees on pages about things of their own."""
    forms = {}
    for page in CLOSED:
        address = address_of(page, world.stranger)
        answer = caller.send(Call("GET", address), headers)
        if answer.status == 200 and answer.headers["content-type"].startswith("text/html"):
            for form in Forms.of(answer.text):
                form.action = form.action or address
                forms[form.action, form.method, *form.fields.items()] = form
    return list(forms.values())


def sent(
    caller: InProcess, headers: dict[str, str], form: Form, name: str, value: str
) -> tuple[Any, ...]:
    """Return what the form answers to ``value``, but for what differs with each value."""
    fields = {**form.fields, name: value}
    call = Call(form.method, form.action, fields)
    if form.method == "POST":
        media = "application/x-www-form-urlencoded"
        call = Call("POST", form.action, body=fields, media_type=media)
    return caller.send(call, headers).but_for(value, quote(value), value.replace(" ", "+"))


def _is_uuid(text: str) -> bool:
    try:
        return bool(uuid.UUID(text))
    except ValueError:
        return False


def test_open_pages_are_there() -> None:
    """A name that is no page's any more would open the next page of that name."""
    assert {each.name for each in every_page()} >= OPEN_PAGES


def test_pages_of_staff_are_closed_to_customers(world: World, caller: InProcess) -> None:
    assert {each.name for each in every_page()} >= STAFF_PAGES
    world.furnish()
    # All that one meets but the staff's own, who are nobody's member.
    met = (*world.strangers, *world.refused())
    headers = [each.headers for each in met if each.name != "a session of nobody's member"]
    for page in every_page():
        if page.name in STAFF_PAGES:
            answers = [caller.send(Call("GET", page.address({})), each) for each in headers]
            assert {answer.status for answer in answers} <= {401, 403}
            assert all(world.secrets.in_answer(answer) == [] for answer in answers)


def test_open_pages_know_nobodys_secrets(world: World, caller: InProcess) -> None:
    for page in every_page():
        if page.name in OPEN_PAGES:
            address = page.address({key: OPEN_PAGES_KEYS.get(key, "1") for key in page.keys})
            answer = caller.send(Call("GET", address), {})
            # These are posted, the events only where there is a provider.
            posted = ("billing:provider_events", "documents:try_picture")
            is_shut = page.name in posted and answer.status == 405
            assert answer.status in (200, 302) or is_shut, page
            assert world.secrets.in_answer(answer) == [], page
