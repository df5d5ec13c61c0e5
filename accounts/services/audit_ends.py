"""Where the audit log's chains end: a few bytes that, kept elsewhere, show any later forgery.

Who owns the tables can take their guards down and compute a new chain, end and all. The hash of an
end that somebody noted before is then no longer in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from accounts.models import AuditChain, AuditEntry

# The chain of what belongs to no tenant.
NO_TENANT = UUID(int=0)


@dataclass(frozen=True, slots=True)
class AuditEnd:
    """The number and hash of the newest entry of one chain at some time."""

    chain: UUID
    seq: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.chain} {self.seq} {self.hash.hex()}"

    @classmethod
    def read(cls, line: str) -> AuditEnd:
        """Return what ``str`` has written. Raises ValueError."""
        chain, seq, digest = line.split()
        return cls(UUID(chain), int(seq), bytes.fromhex(digest))


def audit_ends() -> list[AuditEnd]:
    """Return where each chain ends now."""
    return [
        AuditEnd(chain.pk, chain.seq, bytes(chain.hash))
        for chain in AuditChain.objects.order_by("pk")
    ]


def forged_ends(noted: Iterable[AuditEnd]) -> list[AuditEnd]:
    """Return those of ``noted`` ends that their chains do not go through any more."""
    return [end for end in noted if not _is_there(end)]


def _is_there(end: AuditEnd) -> bool:
    tenant_id = None if end.chain == NO_TENANT else end.chain
    return AuditEntry.objects.filter(tenant=tenant_id, seq=end.seq, hash=end.hash).exists()
