"""What can be followed live: a job or a batch; for the hub, the sockets and the event streams."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol
from uuid import UUID

from documents.batch_progress import BatchSnapshot, channel_of_batch, read_batch_snapshots
from documents.models import Batch, Job
from documents.progress import JobSnapshot, channel_of, read_snapshots

if TYPE_CHECKING:
    from accounts.principal import Principal

Snapshot = JobSnapshot | BatchSnapshot


class Visible(Protocol):
    """What a socket shows to who has ``scope``."""

    @property
    def scope(self) -> str:
        """What a credential must allow."""

    def is_visible_to(self, principal: Principal) -> bool:
        """Whether the principal's tenant has it."""


@dataclass(frozen=True)
class Watched(ABC):
    """One thing whose states are told; ``kind`` is its name in messages (``job.snapshot``)."""

    id: UUID
    scope: ClassVar[str] = "jobs:read"
    kind: ClassVar[str]
    live_states: ClassVar[Sequence[str]]
    # A client is told no more often; what came meanwhile is told at once, as its newest state.
    pause_seconds: ClassVar[float] = 0.0

    @property
    @abstractmethod
    def channel(self) -> str:
        """Where its states are published."""

    @classmethod
    @abstractmethod
    def read(cls, ids: Collection[UUID]) -> Sequence[Snapshot]:
        """Return what is true now of these, in few queries; unknown ids miss."""

    @abstractmethod
    def is_visible_to(self, principal: Principal) -> bool:
        """Whether the principal's tenant has it."""

    def is_live(self, snapshot: Snapshot) -> bool:
        """Whether other states may follow this one."""
        return snapshot["state"] in self.live_states


class WatchedJob(Watched):
    """A job; workers tell its steps at a pace of their own."""

    kind = "job"
    live_states = Job.LIVE_STATES

    @property
    def channel(self) -> str:
        """Where its states are published."""
        return channel_of(self.id)

    @classmethod
    def read(cls, ids: Collection[UUID]) -> Sequence[Snapshot]:
        """Return what is true now of these jobs."""
        return read_snapshots(ids)

    def is_visible_to(self, principal: Principal) -> bool:
        """Whether the principal's tenant has it."""
        return Job.objects.visible_to(principal).filter(pk=self.id).exists()


class WatchedBatch(Watched):
    """A batch, which changes with every item that ends: hundreds of times a second."""

    kind = "batch"
    live_states = Batch.LIVE_STATES
    pause_seconds = 0.25

    @property
    def channel(self) -> str:
        """Where its states are published."""
        return channel_of_batch(self.id)

    @classmethod
    def read(cls, ids: Collection[UUID]) -> Sequence[Snapshot]:
        """Return what is true now of these batches."""
        return read_batch_snapshots(ids)

    def is_visible_to(self, principal: Principal) -> bool:
        """Whether the principal's tenant has it."""
        return Batch.objects.visible_to(principal).filter(pk=self.id).exists()
