"""Every page that is somebody's, and how it is asked for."""

from __future__ import annotations

import uuid

from documents.tests.isolation.addresses import Page, every_page
from documents.tests.isolation.calls import Answer, Call, InProcess
from documents.tests.isolation.matrix import OBJECTS, OPEN_PAGES, PERSONAL_PAGES, STAFF_PAGES

CLOSED = [each for each in every_page() if each.name not in OPEN_PAGES | STAFF_PAGES]
OF_TENANTS = [each for each in CLOSED if not each.name.startswith(PERSONAL_PAGES)]
METHODS = ("GET", "HEAD", "POST")


def address_of(page: Page, tenant: object) -> str:
    """Return the address of the page about something of ``tenant``, or of nothing that is."""
    ids = {}
    for key in page.keys:
        assert key in OBJECTS, f"{page} asks for {key}: put it into OBJECTS of matrix.py"
        ids[key] = str(OBJECTS[key](tenant) if tenant else uuid.uuid4())
    return page.address(ids)


def ask(caller: InProcess, headers: dict[str, str], address: str) -> list[Answer]:
    return [caller.send(Call(method, address), headers) for method in METHODS]
