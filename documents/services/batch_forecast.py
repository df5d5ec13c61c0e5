"""What a batch would come to, before it is asked for: cost, room, documents that cannot have it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from billing.queries import this_month
from billing.services.quota import QuotaExceeded
from config.errors import DomainError
from documents.services.jobs import PAGES_UNCOUNTED
from documents.services.kinds import check_kind

if TYPE_CHECKING:
    from accounts.principal import Principal
    from documents.models import Document
    from documents.watermark.spec import WatermarkSpec


@dataclass(frozen=True, slots=True)
class BatchForecast:
    """``pages`` are those that are known; ``uncounted`` documents have at least one each.

    ``unfit`` says by a document's id why it cannot have this mark. ``pages_left`` of the month,
    None for any number. ``obstacle`` would keep the whole batch from starting.
    """

    documents: int
    pages: int
    uncounted: int
    unfit: dict[UUID, str]
    pages_left: int | None
    obstacle: str = ""


def forecast_batch(
    *, principal: Principal, documents: Sequence[Document], spec: WatermarkSpec
) -> BatchForecast:
    """Return what marking ``documents`` would come to; reads none of them, and charges nothing."""
    reasons = {each.pk: reason for each in documents if (reason := _unfit(each, spec))}
    fit = [each for each in documents if each.pk not in reasons]
    pages = sum(each.page_count or 0 for each in fit)
    uncounted = sum(each.page_count is None for each in fit)
    month = this_month(tenant_id=principal.tenant_id)
    wanted = (
        (month.documents.remaining, len(fit)),
        (month.pages.remaining, pages + uncounted * PAGES_UNCOUNTED),
        (month.bytes.remaining, sum(each.blob.size_bytes for each in fit if each.blob)),
    )
    is_short = any(left is not None and left < needed for left, needed in wanted)
    return BatchForecast(
        documents=len(documents),
        pages=pages,
        uncounted=uncounted,
        unfit=reasons,
        pages_left=month.pages.remaining,
        obstacle=QuotaExceeded.message if is_short else "",
    )


def _unfit(document: Document, spec: WatermarkSpec) -> str:
    try:
        check_kind(document, spec)
    except DomainError as error:
        return error.detail
    return ""
