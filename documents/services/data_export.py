"""All that a workspace's rows say, as one ZIP of CSV files for its owner to keep or to take along.

Made while it is sent, some rows at a time and each time by one short query, so that neither memory
nor a connection waits for a slow client, and a workspace has one at a time. Secrets are in no file,
nor are the documents' bytes: ``documents.csv`` says where to fetch them.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Generator, Iterable, Iterator
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import AuditAction, Role, Tenant
from accounts.services.audit import record
from config.csv_cells import csv_text
from config.database.reach import only_tenant
from config.errors import Forbidden
from documents.services.export_place import ExportPlace
from documents.services.exported_tables import TABLES, Table

if TYPE_CHECKING:
    from accounts.principal import Principal

ROWS_AT_ONCE = 500
SETTINGS = ("id", "name", "slug", "created_at", "retention_days", "default_watermark")
README = """What the workspace "{name}" consisted of on {at} (UTC).

workspace.json has its settings; each other file has the rows of one kind, as CSV (RFC 4180, UTF-8),
ids as they are in the API, moments in UTC, amounts in the smallest unit of their currency. A cell
that a spreadsheet would take for a formula begins with an apostrophe. Everything is read while
it is sent: what changes meanwhile may be in one file and not in another.

Not here: passwords and secrets of keys and webhooks, which nobody can read; and the documents' own
bytes, which /api/v1/documents/<id>/download/ has, and /api/v1/jobs/<id>/result/ of marked copies.
"""


class OwnersOnly(Forbidden):
    """Whoever administers a workspace still does not own it."""

    code = "owners_only"
    message = "Only an owner may do this, signed in to the pages."


class Export:
    """The ZIP's bytes, to be read once; ends its place when it ends or is closed."""

    def __init__(self, tenant_id: UUID, place: ExportPlace) -> None:
        self._place = place
        self._pieces = _archive(tenant_id)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        """Return the next piece, which shows that somebody still reads."""
        try:
            piece = next(self._pieces)
        except BaseException:
            self._place.give_back()
            raise
        self._place.hold()
        return piece

    def close(self) -> None:
        """End it, if the client has gone; before the first piece, too."""
        self._pieces.close()
        self._place.give_back()


def export_workspace(*, principal: Principal) -> Export:
    """Return the ZIP's bytes as they are made; written down before the first.

    Raises OwnersOnly and ExportUnderWay.
    """
    if principal.role != Role.OWNER or not principal.is_ambient or principal.support is not None:
        raise OwnersOnly
    place = ExportPlace.taken(principal.tenant_id)
    try:
        with transaction.atomic():
            record(
                tenant_id=principal.tenant_id,
                actor=principal,
                action=AuditAction.TENANT_EXPORTED,
                subject=f"tenant:{principal.tenant_id}",
            )
    except BaseException:
        place.give_back()
        raise
    return Export(principal.tenant_id, place)


def _archive(tenant_id: UUID) -> Generator[bytes, None, None]:
    at = timezone.now()
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload] # it only writes
        for name, pieces in _files(tenant_id, f"{at:%Y-%m-%d %H:%M:%S}"):
            entry = zipfile.ZipInfo(name, at.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as file:
                for piece in pieces:
                    file.write(piece.encode())
                    yield from sink.drained()
    yield from sink.drained()


def _files(tenant_id: UUID, at: str) -> Iterator[tuple[str, Iterable[str]]]:
    with only_tenant(tenant_id):
        tenant = Tenant.objects.values(*SETTINGS).get(pk=tenant_id)
    yield "README.txt", [README.format(name=tenant["name"], at=at)]
    yield "workspace.json", [json.dumps(tenant, default=str, ensure_ascii=False, indent=2)]
    for name, table in TABLES.items():
        yield f"{name}.csv", _csv(table, tenant_id)


def _csv(table: Table, tenant_id: UUID) -> Iterator[str]:
    """Yield a table's file, some rows at a time, in the order of their keys."""
    yield csv_text(table.fields, ())
    rows = table.model._default_manager.filter(tenant_id=tenant_id).order_by("pk")
    last = None
    while True:
        with only_tenant(tenant_id):
            beyond = rows if last is None else rows.filter(pk__gt=last)
            page = list(beyond.values_list("pk", *table.fields)[:ROWS_AT_ONCE])
        if not connection.in_atomic_block:
            connection.close()  # back into the pool while this is sent
        if page:
            last = page[-1][0]
            yield csv_text(None, (map(_cell, fields) for _, *fields in page))
        if len(page) < ROWS_AT_ONCE:
            return


def _cell(value: Any) -> object:
    if isinstance(value, dict | list):
        return json.dumps(value, default=str, ensure_ascii=False, sort_keys=True)
    return value.isoformat() if hasattr(value, "isoformat") else value


class _Sink:
    """Takes what a ZipFile writes, which cannot go back in it, and gives it away in order."""

    def __init__(self) -> None:
        self._kept: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Keep more."""
        self._kept.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Do nothing: what is kept is given away as it is."""

    def drained(self) -> Iterator[bytes]:
        """Yield what is kept, if anything, and keep it no longer."""
        if self._kept:
            yield b"".join(self._kept)
            self._kept.clear()
