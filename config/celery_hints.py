"""Messages that a worker holds when its broker goes: given back where possible, else forgotten."""

from __future__ import annotations

import structlog
from kombu.transport import virtual
from kombu.transport.redis import Channel, QoS

log = structlog.get_logger("celery.hints")


class Hints(QoS):
    """kombu's account of what was taken and not acknowledged, for messages that nobody needs.

    There a message whose acknowledgement did not arrive occupies its place until the connection
    ends, so that a worker of one child takes no other; and when it ends they are given back over
    another connection if need be, where what is raised ends the worker. Here a row decides what is
    done: the relay finds out that a message was lost, and sends another one.
    """

    def ack(self, delivery_tag: str) -> None:
        """Make room for another message, whether or not the broker has heard of it."""
        try:
            self._remove_from_indices(delivery_tag).execute()  # type: ignore[no-untyped-call] # as below
        finally:
            virtual.QoS.ack(self, delivery_tag)  # type: ignore[no-untyped-call] # as below

    def restore_unacked(self, client: object = None) -> None:
        """Give back what can be given back."""
        try:
            super().restore_unacked(client)  # type: ignore[no-untyped-call] # kombu has no types
        except Exception as error:  # also AttributeError: the connection is half gone by now
            log.warning("hints_forgotten", count=len(self._delivered), error=repr(error))
            self._delivered.clear()


def use_hints() -> None:
    """Have every connection of this process to the broker keep its account like that."""
    Channel.QoS = Hints
