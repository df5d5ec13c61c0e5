"""The layer that consumers with groups get: real Valkey, no socket that dies when idle."""

from channels.layers import get_channel_layer
from channels_redis.pubsub import RedisPubSubChannelLayer


async def test_a_group_hears_what_is_sent_to_it():
    layer = get_channel_layer()
    assert isinstance(layer, RedisPubSubChannelLayer)
    listener, other = await layer.new_channel(), await layer.new_channel()
    await layer.group_add("group", listener)
    await layer.group_add("elsewhere", other)
    await layer.group_send("elsewhere", {"type": "not.for.us"})
    await layer.group_send("group", {"type": "news", "number": 1})
    assert await layer.receive(listener) == {"type": "news", "number": 1}
    await layer.flush()
