"""How often one credential may ask: an exact count over the last minute, kept in Valkey.

Each take is one script, so that of any number of requests at once exactly as many pass as the
limit says. Without Valkey nobody is counted and everybody passes: a limit protects other tenants'
speed, and an outage must not take the API with it. (Failed log-ins are counted in the database.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias
from uuid import uuid4

import redis
from django.conf import settings

from config.errors import LimitReached, Unavailable
from config.valkey import valkey

if TYPE_CHECKING:
    from accounts.principal import Principal

What: TypeAlias = Literal["requests", "uploads"]
WhatOfVisitors: TypeAlias = Literal["samples"]
WINDOW_SECONDS = 60

# A set of the moments at which a take passed, by the server's clock in microseconds. What is over
# the limit is not noted: who goes on asking is not locked out for ever.
_TAKE = """
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2]) * 1000000
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
local taken = redis.call('ZCARD', KEYS[1])
if taken < limit then
    redis.call('ZADD', KEYS[1], now, ARGV[3])
    redis.call('PEXPIRE', KEYS[1], ARGV[2] * 1000)
    local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
    return {1, limit - taken - 1, math.ceil((first[2] + window - now) / 1000000)}
end
local next_to_go = redis.call('ZRANGE', KEYS[1], taken - limit, taken - limit, 'WITHSCORES')
return {0, 0, math.ceil((next_to_go[2] + window - now) / 1000000)}
"""


class RateExceeded(LimitReached):
    """As many as allowed have come in the last minute; ``context["taken"]`` has the figures."""

    code = "rate_limited"
    status = 429
    message = "Too many requests. Please wait."
    retry_after_seconds: ClassVar[int] = WINDOW_SECONDS


@dataclass(frozen=True, slots=True)
class Taken:
    """What is left of a limit: so many more, and the seconds until there is more room again."""

    what: What
    limit: int
    remaining: int
    reset_seconds: int


def take(*, principal: Principal, what: What) -> Taken | None:
    """Count one of ``what`` for the principal's credential; None where nothing is limited.

    Raises RateExceeded with ``retry_after_seconds``.
    """
    limit = getattr(principal.rates, what)
    if limit is None:
        return None
    who = principal.api_key_id or principal.grant_id or principal.user_id
    key = f"{settings.CHANNEL_PREFIX}.rate.{what}.{principal.tenant_id}.{who}"
    answer = valkey().attempt("rates", lambda client: _run(client, key, limit))
    if answer is None:
        return None
    passed, remaining, reset = answer
    taken = Taken(what, limit, remaining, max(1, reset))
    if not passed:
        raise RateExceeded(
            f"Your plan allows {limit} {what} a minute with one credential.",
            retry_after_seconds=taken.reset_seconds,
            taken=taken,
        )
    return taken


def take_for_visitor(*, network: str, what: WhatOfVisitors, limit: int) -> None:
    """Count one of ``what`` for who has no account, by where they come from.

    Raises RateExceeded, and Unavailable where nobody can count: what anybody may have done for
    nothing is not done uncounted.
    """
    key = f"{settings.CHANNEL_PREFIX}.rate.{what}.{network}"
    answer = valkey().attempt("rates", lambda client: _run(client, key, limit))
    if answer is None:
        raise Unavailable
    passed, _, reset = answer
    if not passed:
        raise RateExceeded(
            f"That was {limit} in a minute. Please wait a moment.",
            retry_after_seconds=max(1, reset),
        )


def _run(client: redis.Redis, key: str, limit: int) -> list[int]:
    arguments: list[Any] = [limit, WINDOW_SECONDS, uuid4().hex]
    answer: list[int] = client.register_script(_TAKE)(keys=[key], args=arguments)
    return answer
