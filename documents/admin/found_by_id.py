"""Lists in which an id is found as such."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from accounts.admin.readonly import LookOnly


class FoundById(LookOnly):
    """An id in the search box is looked up as such; other words in ``search_fields``.

    Django would compare any word with the id, and a word that is none is an error there.
    """

    id_fields: tuple[str, ...] = ("id",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Return what was searched for, and whether it may have duplicates."""
        try:
            wanted = UUID(search_term.strip())
        except ValueError:
            return super().get_search_results(request, queryset, search_term)
        conditions = (Q((field, wanted)) for field in self.id_fields)
        return queryset.filter(reduce(or_, conditions)), False
