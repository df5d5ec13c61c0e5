"""Files that a page's form brings: kept where they can be, and told of where not."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from accounts.models import Tenant
from accounts.once import do_form_once
from accounts.principal import Principal
from accounts.services.idempotency import Outcome
from config.errors import DomainError, Invalid
from config.upload_form import StagedFile, staged_form
from documents.formats.kinds import ACCEPT, ACCEPTED
from documents.models import Document
from documents.services.documents import create_document

# Stands for an id in addresses that a script completes.
PLACEHOLDER = uuid.UUID(int=0)


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that was not taken, and why."""

    name: str
    reason: str
    status: int = Invalid.status


def take_once(request: HttpRequest, principal: Principal) -> tuple[list[Document], list[Refused]]:
    """Keep the files that can be kept; a second click finds what became of the first."""

    def take_all() -> Outcome:
        accepted, refused = _take(principal, files_of(request))
        return {
            "accepted": [str(document.id) for document in accepted],
            "refused": [[file.name, file.reason, file.status] for file in refused],
        }

    outcome, _ = do_form_once(request, take_all)
    kept = outcome or {"accepted": [], "refused": []}
    documents = Document.objects.visible_to(principal).in_bulk(kept["accepted"])
    return list(documents.values()), [Refused(*each) for each in kept["refused"]]


def _take(principal: Principal, files: list[StagedFile]) -> tuple[list[Document], list[Refused]]:
    """Keep what can be kept. Raises what is our trouble, if nothing was kept before it."""
    accepted: list[Document] = []
    refused = [] if files else [Refused("", "Choose at least one file.")]
    trouble: DomainError | None = None
    for file in files:
        try:
            if trouble:  # the next file would only meet it again
                raise trouble
            accepted.append(create_document(principal=principal, staged=file))
        except DomainError as error:
            if error.status >= 500:
                if not accepted:
                    raise
                trouble = error
            refused.append(Refused(file.name, _sentence(error), error.status))
    return accepted, refused


def _sentence(error: DomainError) -> str:
    if isinstance(error, Invalid) and error.problems:
        return " ".join(str(problem["msg"]) for problem in error.problems)
    return error.detail


def files_of(request: HttpRequest) -> list[StagedFile]:
    """Return the files that came with the form."""
    staged = staged_form(request)
    return staged.files.get("files", []) if staged else []


def upload_facts(principal: Principal) -> dict[str, Any]:
    """Return what a place to drop files has to know."""
    tenant = Tenant.objects.only("max_file_bytes").get(pk=principal.tenant_id)
    return {
        "max_bytes": min(tenant.max_file_bytes, settings.MAX_UPLOAD_BYTES),
        "placeholder": PLACEHOLDER,
        "kinds": ACCEPTED,
        "accept": ACCEPT,
    }


def status_of(refused: Sequence[Refused] | None) -> int:
    """Return the status of a page that tells of these."""
    worst = max((file.status for file in refused or ()), default=200)
    return worst if worst >= 500 else 422 if refused else 200
