"""The staff's admin, asked by those who are no staff."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern

from accounts.admin.pages import STAFF_PAGES
from accounts.tests.factories import make_member
from documents.tests.isolation.calls import Call, InProcess
from documents.tests.isolation.traces import every_row, rows_of
from documents.tests.isolation.world import World, session_of

# Staff sign in, and sign out, where everybody may.
OPEN = {"login", "logout"}


def addresses(world: World) -> list[str]:
    """Return an address of each pattern of the admin, about every kind of the victim's rows."""
    pages = [pattern for pattern in admin.site.urls[0] if isinstance(pattern, URLPattern)]
    assert len(pages) > 5
    found = ["/admin/", "/admin/jsi18n/", "/admin/password_change/", "/admin/r/1/1/"]
    found += [f"/admin/{page.route}" for page in STAFF_PAGES]
    for model in admin.site._registry:
        of_model = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        found += [of_model, f"{of_model}add/"]
        for pk in list(rows_of(world.victim).get(model._meta.label, ()))[:1]:
            found += [f"{of_model}{pk}/{page}/" for page in ("change", "history", "delete")]
    return found


def test_who_is_no_staff_gets_nowhere(world: World, caller: InProcess) -> None:
    owner = session_of(make_member("owner", tenant=world.victim, email="no.staff@victim.example"))
    every = addresses(world)
    everybody = [
        ("nobody", {}),
        ("an owner", owner),
        *((each.name, each.headers) for each in world.strangers),
    ]
    secrets, before = world.secrets, every_row()
    for name, headers in everybody:
        for address in every:
            for method in ("GET", "POST"):
                answer = caller.send(Call(method, address), headers)
                where = f"{name} {method} {address}"
                assert answer.status in (302, 403, 404), where
                if answer.status == 302:
                    assert "/login/" in answer.headers["location"], where
                if name != "an owner":
                    assert secrets.in_answer(answer, *address.split("/")) == [], where
    assert every_row() == before
