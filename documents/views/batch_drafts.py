"""A batch that is being made: its documents, its mark, and the one that the mark is tried on."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from accounts.models import Tenant
from accounts.principal import Principal
from documents.forms.batch import BatchForm
from documents.models import Document
from documents.queries import assets_to_choose, document_for
from documents.services.specs import PRESET
from documents.views.batch_choice import Choice, read_choice
from documents.views.drafts import PAGES_MAX, Draft, Start, page_to_show, read_start

SAMPLE = "sample"
# The field of the presets to begin with, which counts when its button is pressed.
USE = "use_preset"


@dataclass(frozen=True, slots=True)
class BatchDraft(Draft):
    """``document`` is the one that the mark is tried on."""

    form: BatchForm
    choice: Choice

    @property
    def pairs(self) -> list[tuple[Document, str]]:
        """The documents with the references that are theirs; the form must be valid."""
        references = self.form.cleaned_data["references"]
        rest = [""] * (len(self.choice.documents) - len(references))
        return list(zip(self.choice.documents, [*references, *rest], strict=True))


def read_batch_draft(
    request: HttpRequest,
    principal: Principal,
    *,
    is_begun: bool = True,
    choice: Choice | None = None,
) -> BatchDraft | None:
    """Return the draft that a form brings, None where it has chosen no document.

    ``is_begun``: the form has had its mark before. Otherwise it shows one to begin with, which
    is what was sent, if it was. ``choice`` where it is known already.
    """
    choice = choice or read_choice(request, principal)
    if not choice.documents:
        return None
    tenant = Tenant.objects.get(pk=principal.tenant_id)
    named = USE if request.POST.get("go") == "use" else PRESET
    start = read_start(tenant, request.POST.get(named, ""))
    document = document_for(principal, _sample(request, choice))
    about = {"count": len(choice.documents), "assets": assets_to_choose(principal)}
    return BatchDraft(
        document=document,
        form=_form(request, start, about, is_begun=is_begun),
        start=start,
        page=page_to_show(request.POST, document.page_count or PAGES_MAX),
        is_original=request.POST.get("show") == "original",
        choice=choice,
    )


def _form(
    request: HttpRequest, start: Start, about: dict[str, Any], *, is_begun: bool
) -> BatchForm:
    if is_begun:
        return BatchForm(request.POST, defaults=start.config, **about)
    is_preset_used = request.POST.get("go") == "use"
    kept = BatchForm.ABOUT if is_preset_used else request.POST.dict()
    initial = {name: request.POST[name] for name in kept if name in request.POST}
    return BatchForm(None, initial=initial, defaults=start.config, **about)


def _sample(request: HttpRequest, choice: Choice) -> uuid.UUID:
    """Return which of the documents is shown: the one named, or the first."""
    named = request.POST.get(SAMPLE, "")
    return next((each for each in choice.ids if str(each) == named), choice.documents[0].pk)
