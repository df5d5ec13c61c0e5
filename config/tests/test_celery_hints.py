"""What a worker's connection holds when its broker has gone ends neither the connection nor it."""

from __future__ import annotations

from pathlib import Path

import pytest
from kombu import Connection
from kombu.transport.redis import Channel

from config.celery_hints import Hints, use_hints
from documents.tests.brokers import Broker


@pytest.fixture
def connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Connection:
    """Return a connection that holds a message, to a broker that has just died."""
    monkeypatch.setattr(Channel, "QoS", Channel.QoS)  # as it was, afterwards
    use_hints()
    broker = Broker(tmp_path)
    connection = Connection(broker.url)
    waiting = connection.SimpleQueue("hints")
    waiting.put("a hint")
    assert waiting.get(timeout=10).payload == "a hint"
    broker.kill()
    return connection


def test_a_connection_that_cannot_give_back_ends(connection: Connection) -> None:
    channel = connection.default_channel
    assert isinstance(channel.qos, Hints)
    channel._disconnect_pools()  # as a time-out leaves it
    connection.transport.client = None
    connection.release()
    assert not channel.qos._delivered
