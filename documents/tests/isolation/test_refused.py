"""Who is let in nowhere: nobody, and whoever once was. They are told nothing, on any page or path.

They are turned away before a row is looked for, so the database's walls stay up here.
"""

from __future__ import annotations

import pytest

from documents.tests.isolation.addresses import Page
from documents.tests.isolation.calls import InProcess
from documents.tests.isolation.pages import CLOSED, OF_TENANTS, address_of, ask
from documents.tests.isolation.places import Operation, every_operation
from documents.tests.isolation.sweep import asked_by_refused, faults_of
from documents.tests.isolation.traces import every_row
from documents.tests.isolation.world import World

pytestmark = pytest.mark.parametrize("walls", [True], ids=["walls"], indirect=True)


@pytest.mark.parametrize(
    "operation", [each for each in every_operation() if not each.is_open], ids=str
)
def test_who_is_not_let_in_learns_nothing(
    world: World, caller: InProcess, operation: Operation
) -> None:
    assert faults_of(asked_by_refused(operation, world), world, caller) == []


@pytest.mark.parametrize("page", CLOSED, ids=str)
def test_nobody_is_sent_to_log_in(world: World, caller: InProcess, page: Page) -> None:
    address, unknown = address_of(page, world.victim), address_of(page, None)
    secrets, before = world.secrets, every_row()
    for headers in ({}, {"Cookie": "sessionid=" + "0" * 32}):
        for one, other in zip(
            ask(caller, headers, address), ask(caller, headers, unknown), strict=True
        ):
            assert one.but_for(address) == other.but_for(unknown)
            assert secrets.in_answer(one, *address.split("/")) == []
            if page.name == "accounts:tenant_switch":
                assert one.status in (404, 405)  # leads nowhere, and tells nothing
            else:
                assert one.status in (302, 405)
                assert one.headers.get("location", "/accounts/login/").startswith(
                    "/accounts/login/"
                )
    assert every_row() == before


@pytest.mark.parametrize("page", OF_TENANTS, ids=str)
def test_who_is_let_in_nowhere_sees_no_page(world: World, caller: InProcess, page: Page) -> None:
    address, unknown = address_of(page, world.victim), address_of(page, None)
    refused = world.refused()
    secrets, before = world.secrets, every_row()
    for credential in refused:
        for one, other in zip(
            ask(caller, credential.headers, address),
            ask(caller, credential.headers, unknown),
            strict=True,
        ):
            assert one.status in (302, 401, 403, 404, 405), credential.name
            assert one.but_for(address) == other.but_for(unknown)
            assert secrets.in_answer(one, *address.split("/")) == []
    assert every_row() == before
