"""Documents: list, upload, detail, download, delete."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Tenant
from accounts.once import do_form_once
from accounts.principal import Principal
from accounts.services.idempotency import Outcome
from config.errors import DomainError, Invalid
from config.upload_form import StagedFile, staged_form
from documents.downloads import document_response
from documents.formats.kinds import ACCEPT, ACCEPTED
from documents.models import Document
from documents.queries import document_for, documents_for, jobs_for
from documents.services.documents import create_document, delete_document
from documents.views.access import page

PER_PAGE = 25
# Stands for an id in addresses that a script completes.
PLACEHOLDER = uuid.UUID(int=0)


@require_safe
@page("documents:read")
def show_list(request: HttpRequest, principal: Principal) -> HttpResponse:
    """All documents, newest first, or those whose title contains ``?q=``."""
    query = request.GET.get("q", "").strip()[:255]
    documents = documents_for(principal, search=query)
    found = Paginator(documents, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "documents/list.html", {"page": found, "query": query})


@require_safe
@page("documents:read")
def show(request: HttpRequest, principal: Principal, document_id: uuid.UUID) -> HttpResponse:
    """One document and the jobs made from it."""
    document = document_for(principal, document_id)
    jobs = jobs_for(principal, document_id=document.id).select_related("document")[:PER_PAGE]
    return render(request, "documents/detail.html", {"document": document, "jobs": jobs})


@require_safe
@page("documents:read")
def download(
    request: HttpRequest, principal: Principal, document_id: uuid.UUID
) -> HttpResponseBase:
    """The bytes as they were uploaded."""
    document = document_for(principal, document_id)
    return document_response(request, document.blob, document.download_name, document.content_type)


@require_http_methods(["GET", "HEAD", "POST"])
@page("documents:write")
def delete(request: HttpRequest, principal: Principal, document_id: uuid.UUID) -> HttpResponse:
    """Ask first, then delete."""
    document = document_for(principal, document_id)
    if request.method != "POST":
        return render(request, "documents/delete.html", {"document": document})
    delete_document(principal=principal, document=document)
    messages.success(request, f"“{document.title}” was deleted.")
    return redirect("documents:list")


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that was not taken, and why."""

    name: str
    reason: str
    status: int = Invalid.status


@require_http_methods(["GET", "HEAD", "POST"])
@page("documents:write")
def upload(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The form, and what it sends without JavaScript: any number of ``files``."""
    if request.method != "POST":
        return _upload_page(request, principal)
    accepted, refused = _take_once(request, principal)
    if refused:
        return _upload_page(request, principal, accepted, refused)
    if len(accepted) == 1:
        messages.success(request, f"“{accepted[0].title}” was uploaded.")
        return redirect("documents:detail", accepted[0].id)
    messages.success(request, f"{len(accepted)} documents were uploaded.")
    return redirect("documents:list")


def _take_once(request: HttpRequest, principal: Principal) -> tuple[list[Document], list[Refused]]:
    """Keep the files that can be kept; a second click finds what became of the first."""

    def take_all() -> Outcome:
        staged = staged_form(request)
        files = staged.files.get("files", []) if staged else []
        accepted, refused = _take(principal, files)
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


def _upload_page(
    request: HttpRequest,
    principal: Principal,
    accepted: list[Document] | None = None,
    refused: list[Refused] | None = None,
) -> HttpResponse:
    tenant = Tenant.objects.only("max_file_bytes").get(pk=principal.tenant_id)
    context = {
        "accepted": accepted,
        "refused": refused,
        "max_bytes": min(tenant.max_file_bytes, settings.MAX_UPLOAD_BYTES),
        "placeholder": PLACEHOLDER,
        "kinds": ACCEPTED,
        "accept": ACCEPT,
    }
    worst = max((file.status for file in refused or ()), default=200)
    status = worst if worst >= 500 else 422 if refused else 200
    return render(request, "documents/upload.html", context, status=status)
