"""Which documents a batch shall have: carried from step to step by the forms themselves."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from django.http import HttpRequest

from accounts.principal import Principal
from documents.models import Document
from documents.models.batch import ITEMS_MAX

# All that are chosen; those that the page shows, ticked or not; those that are ticked on it.
CHOSEN, SHOWN, TICKED = "documents", "shown", "document"


@dataclass(frozen=True)
class Choice:
    """Documents in the order in which they were chosen; ``missing`` more are not there any more.

    ``surplus`` are too many for one batch, and left out.
    """

    documents: list[Document]
    missing: int = 0
    surplus: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether nothing was left out."""
        return not self.missing and not self.surplus

    @cached_property
    def ids(self) -> set[uuid.UUID]:
        """The ids of the documents."""
        return {each.pk for each in self.documents}

    @property
    def text(self) -> str:
        """The documents as a field of a form holds them."""
        return text_of(each.pk for each in self.documents)


def read_choice(request: HttpRequest, principal: Principal) -> Choice:
    """Return what the form or the query has chosen, but what somebody may not see, or is gone."""
    given = request.POST if request.method == "POST" else request.GET
    ticked = given.getlist(TICKED)
    gone = set(_split(given.get(SHOWN, ""))) - set(ticked)
    return choose(principal, [*(set_aside(_split(given.get(CHOSEN, "")), gone)), *ticked])


def choose(principal: Principal, names: Iterable[str]) -> Choice:
    """Return the choice of these ids; one query."""
    wanted = list(dict.fromkeys(names))
    kept = wanted[:ITEMS_MAX]
    ids = [found for name in kept if (found := _uuid(name)) is not None]
    visible = Document.objects.visible_to(principal).select_related("blob").in_bulk(ids)
    documents = [visible[each] for each in dict.fromkeys(ids) if each in visible]
    return Choice(documents, len(kept) - len(documents), len(wanted) - len(kept))


def text_of(ids: Iterable[uuid.UUID]) -> str:
    """Return ids as a field of a form holds them, each with its comma."""
    return "".join(f"{each}," for each in ids)


def set_aside(names: Iterable[str], gone: set[str]) -> list[str]:
    """Return the names that are not ``gone``."""
    return [each for each in names if each not in gone]


def _split(text: str) -> list[str]:
    return [each for each in text.split(",") if each]


def _uuid(name: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(name) if len(name) == 36 else None
    except ValueError:
        return None
