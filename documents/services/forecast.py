"""What marking would come to: pages, cost, warnings, what would stop it. Nothing is charged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from billing.queries import Allowed, Month, this_month
from billing.services.quota import QuotaExceeded
from documents.services.looking import Rehearsal, Stop, rehearse

if TYPE_CHECKING:
    from accounts.principal import Principal
    from documents.models import Document
    from documents.watermark.spec import WatermarkSpec

Notices = tuple[dict[str, str], ...]


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a job would come to; ``charge`` and ``pages`` are None where nobody knows yet.

    ``remaining`` is of this month's allowance, None in it for any number.
    """

    pages: int | None
    warnings: Notices
    obstacles: Notices
    charge: dict[str, int] | None
    remaining: dict[str, int | None]


def forecast(
    *,
    principal: Principal,
    spec: WatermarkSpec,
    document: Document | None = None,
    should_stop: Stop | None = None,
) -> Forecast:
    """Return what a job would come to; without ``document`` only what the mark itself tells.

    Raises as ``looking.rehearse`` does.
    """
    told = None
    if document is not None:
        told = rehearse(principal=principal, document=document, spec=spec, should_stop=should_stop)
    inspection = (told.inspection if told else None) or {"pages": None, "warnings": ()}
    warnings = {each["code"]: each for each in inspection["warnings"]}
    warnings |= {each["code"]: each for each in (told.warnings if told else ())}
    charge = {"documents": 1, "pages": inspection["pages"]} if inspection["pages"] else None
    month = this_month(tenant_id=principal.tenant_id)
    return Forecast(
        pages=inspection["pages"],
        warnings=tuple(warnings.values()),
        obstacles=tuple(_obstacles(told, charge, month)),
        charge=charge,
        remaining={"documents": month.documents.remaining, "pages": month.pages.remaining},
    )


def _obstacles(
    told: Rehearsal | None, charge: dict[str, int] | None, month: Month
) -> Iterator[dict[str, str]]:
    if told and told.obstacle:
        yield {"code": told.obstacle.code, "message": told.obstacle.message}
    needed = charge or {"documents": 1, "pages": 1}
    if not (_fits(month.documents, needed["documents"]) and _fits(month.pages, needed["pages"])):
        yield {"code": QuotaExceeded.code, "message": QuotaExceeded.message}


def _fits(allowed: Allowed, needed: int) -> bool:
    return allowed.remaining is None or needed <= allowed.remaining
