"""Doing work once for a key, and telling again what came of it (``Idempotency-Key``).

The outcome is written in the transaction of the work: both are there, or neither. Who works
holds a lock of the database that ends with the transaction, so the key of a process that died
is free the moment the database notices, and nothing has to be cleaned up.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac

from accounts.models import KeptOutcome
from config.errors import Conflict, Invalid

if TYPE_CHECKING:
    from accounts.principal import Principal

Outcome: TypeAlias = dict[str, Any]
"""What came of the work: anything that JSON can hold."""

KEPT_FOR = timedelta(hours=24)
# A holder whose machine has lost its power says nothing more; longer than any sync to a disk.
SILENT_HOLDER_SECONDS = 300
POLL_SECONDS = 0.025
PRUNED_AT_ONCE = 500
_NONCE_BYTES = 12
# One visible word of ASCII; the quotes of a structured header's string do not count.
_KEY = re.compile(r'("?)([!#-~]{1,255})\1', re.ASCII)


class BadIdempotencyKey(Invalid):
    """The header holds no key."""

    code = "idempotency_key_invalid"
    message = "Idempotency-Key takes 1 to 255 visible ASCII characters, no spaces or quotes."


class IdempotencyKeyReused(Invalid):
    """The key has been used for something else."""

    code = "idempotency_key_reused"
    message = "This Idempotency-Key was used for another request. Send a new key."


class IdempotencyKeyInUse(Conflict):
    """The first request with this key has not been answered yet."""

    code = "idempotency_key_in_use"
    message = "The first request with this Idempotency-Key is still running. Please try again."
    retry_after_seconds = 1


@dataclass(frozen=True, slots=True)
class OnceKey:
    """A client's key for one operation of one tenant: ``lookup`` finds, ``secret`` opens."""

    tenant_id: UUID
    lookup: bytes
    secret: bytes

    @classmethod
    def of(cls, *, principal: Principal, operation: str, text: str) -> OnceKey:
        """Derive both from our own secret and what the client chose."""
        value = f"{principal.tenant_id}\0{operation}\0{text}"
        digest = salted_hmac("accounts.idempotency", value, algorithm="sha512").digest()
        return cls(principal.tenant_id, digest[:32], digest[32:])

    def seal(self, outcome: Outcome) -> bytes:
        """Return the outcome as only the key's holder can read it (AES-256-GCM)."""
        nonce = os.urandom(_NONCE_BYTES)
        text = json.dumps(outcome, ensure_ascii=False, separators=(",", ":")).encode()
        return nonce + AESGCM(self.secret).encrypt(nonce, text, self.lookup)

    def open(self, sealed: bytes) -> Outcome:
        """Return what was sealed."""
        nonce, text = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        outcome: Outcome = json.loads(AESGCM(self.secret).decrypt(nonce, text, self.lookup))
        return outcome


def read_key(text: str) -> str:
    """Return the key of an ``Idempotency-Key`` header; raises BadIdempotencyKey."""
    if found := _KEY.fullmatch(text.strip()):
        return found[2]
    raise BadIdempotencyKey


def do_once(
    *,
    principal: Principal,
    operation: str,
    key: str,
    fingerprint: bytes,
    work: Callable[[], Outcome | None],
    patience_seconds: float = 0,
) -> tuple[Outcome | None, bool]:
    """Do ``work`` unless this key has done it; return what came of it, and whether it is old.

    All that ``work`` writes commits together with its outcome. When it raises, nothing was done
    and the key is as new; None keeps nothing. ``operation`` is what the key counts for (method
    and path), ``fingerprint`` the 32 bytes that tell one request from another. Waits so long
    for another holder of the key. Raises IdempotencyKeyInUse and IdempotencyKeyReused.
    """
    once = OnceKey.of(principal=principal, operation=operation, text=key)
    with transaction.atomic():
        _hold(once, patience_seconds)
        if (kept := _kept(principal, once)) is not None:
            if bytes(kept.fingerprint) != fingerprint:
                raise IdempotencyKeyReused
            return once.open(bytes(kept.sealed)), True
        outcome = work()
        if outcome is not None:
            _keep(once, fingerprint, outcome)
    return outcome, False


def forget_outcomes() -> int:
    """Remove outcomes whose time is over; return how many. Any number of callers may do this."""
    over = KeptOutcome.objects.over().order_by("expires_at")
    with transaction.atomic():
        taken = list(
            over.select_for_update(skip_locked=True).values_list("pk", flat=True)[:PRUNED_AT_ONCE]
        )
        KeptOutcome.objects.filter(pk__in=taken).delete()
    return len(taken)


def _hold(once: OnceKey, patience_seconds: float) -> None:
    """Lock the key until the transaction ends; raises IdempotencyKeyInUse."""
    give_up_at = time.monotonic() + patience_seconds
    number = int.from_bytes(once.lookup[:8], "big", signed=True)
    with connection.cursor() as cursor:
        while True:
            cursor.execute(
                "SELECT pg_try_advisory_xact_lock(%s),"
                " set_config('idle_in_transaction_session_timeout', %s, true)",
                [number, f"{SILENT_HOLDER_SECONDS}s"],
            )
            if cursor.fetchone()[0]:
                return
            if time.monotonic() >= give_up_at:
                raise IdempotencyKeyInUse
            time.sleep(POLL_SECONDS)


def _kept(principal: Principal, once: OnceKey) -> KeptOutcome | None:
    """Return the key's outcome. A statement of its own: its snapshot must be newer than the lock.

    One whose time is over makes room.
    """
    mine = KeptOutcome.objects.visible_to(principal).filter(lookup=once.lookup)
    kept = mine.first()
    if kept is not None and mine.over().delete()[0]:
        return None
    return kept


def _keep(once: OnceKey, fingerprint: bytes, outcome: Outcome) -> None:
    try:
        KeptOutcome.objects.create(
            tenant_id=once.tenant_id,
            lookup=once.lookup,
            fingerprint=fingerprint,
            sealed=once.seal(outcome),
            expires_at=Now() + KEPT_FOR,
        )
    except IntegrityError:
        # Never behind the lock; without it this rolls the second holder's work back.
        raise IdempotencyKeyInUse from None
