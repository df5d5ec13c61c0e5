"""Documents: list, upload, detail, download, delete."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.principal import Principal
from documents.downloads import document_response
from documents.models import Document
from documents.models.batch import ITEMS_MAX
from documents.queries import document_for, documents_for, jobs_for
from documents.services.documents import delete_document, delete_documents
from documents.views.access import page
from documents.views.batch_choice import read_choice
from documents.views.taking import Refused, status_of, take_once, upload_facts

PER_PAGE = 25


@require_safe
@page("documents:read")
def show_list(request: HttpRequest, principal: Principal) -> HttpResponse:
    """All documents, newest first, or those whose title contains ``?q=``."""
    query = request.GET.get("q", "").strip()[:255]
    documents = documents_for(principal, search=query)
    found = Paginator(documents, PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": found, "query": query, "items_max": ITEMS_MAX}
    return render(request, "documents/list.html", context)


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


@require_http_methods(["GET", "HEAD", "POST"])
@page("documents:write")
def delete_ticked(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Ask first, then delete all that are ticked in the list; who comes without any goes back."""
    choice = read_choice(request, principal)
    if request.method != "POST" or not choice.documents:
        if request.method == "POST":
            messages.warning(request, "No document was ticked, or those are gone already.")
        return redirect("documents:list")
    if request.POST.get("sure") != "yes":
        return render(request, "documents/delete_ticked.html", {"choice": choice})
    deleted = delete_documents(principal=principal, document_ids=choice.ids)
    some = "document was" if len(deleted) == 1 else "documents were"
    messages.success(request, f"{len(deleted)} {some} deleted.")
    return redirect("documents:list")


@require_http_methods(["GET", "HEAD", "POST"])
@page("documents:write")
def upload(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The form, and what it sends without JavaScript: any number of ``files``."""
    if request.method != "POST":
        return _upload_page(request, principal)
    accepted, refused = take_once(request, principal)
    if refused:
        return _upload_page(request, principal, accepted, refused)
    if len(accepted) == 1:
        messages.success(request, f"“{accepted[0].title}” was uploaded.")
        return redirect("documents:detail", accepted[0].id)
    messages.success(request, f"{len(accepted)} documents were uploaded.")
    return redirect("documents:list")


def _upload_page(
    request: HttpRequest,
    principal: Principal,
    accepted: list[Document] | None = None,
    refused: list[Refused] | None = None,
) -> HttpResponse:
    context = {**upload_facts(principal), "accepted": accepted, "refused": refused}
    return render(request, "documents/upload.html", context, status=status_of(refused))
