"""What an endpoint may be: every bad field at once, for forms and for the API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from accounts.event_types import unknown_among
from accounts.outgoing.headers import problem_of_name, problem_of_value
from accounts.outgoing.networks import is_public, is_within, read_address
from accounts.outgoing.targets import USUAL_PORTS, BadAddress, Target, read_target
from config.errors import Invalid

DESCRIPTION_LENGTH = 200


def refuse_nonsense(given: Mapping[str, Any], *, is_callback: bool = False) -> None:
    """Raise Invalid with the problem of each bad field among those that are given."""
    problems = [
        {"loc": ["body", *location], "msg": sentence, "type": "value_error"}
        for location, sentence in _problems(given, is_callback)
    ]
    if problems:
        raise Invalid(problems=problems)


def refuse_webhook_url(url: str) -> None:
    """Raise Invalid when a single request names an address that cannot be told; none is fine."""
    if url and (sentence := problem_of_url(url)):
        problem = {"loc": ["body", "webhook_url"], "msg": sentence, "type": "value_error"}
        raise Invalid(problems=[problem])


def problem_of_url(url: str) -> str | None:
    """Return why nothing could be sent to ``url``, for people; None if something might be.

    Only what the text itself says: names are looked up when something is sent.
    """
    try:
        target = read_target(url)
    except BadAddress as error:
        return str(error)
    trusted = settings.WEBHOOK_TRUSTED_NETWORKS
    if _is_ourselves(target):
        return "This is our own address; events would go round in a circle."
    if not trusted and target.scheme != "https":
        return "The address must begin with https://."
    if not trusted and target.port not in settings.WEBHOOK_PORTS:
        ports = ", ".join(map(str, settings.WEBHOOK_PORTS))
        return f"Events are sent to these ports only: {ports}."
    try:
        address = read_address(target.host)
    except ValueError:
        return None
    if is_public(address) or is_within(address, trusted):
        return None
    return "This address does not belong to the public Internet."


def _problems(given: Mapping[str, Any], is_callback: bool) -> Iterator[tuple[list[str], str]]:
    if "url" in given:
        if is_callback:
            yield ["url"], "Single requests name the addresses of this endpoint."
        elif sentence := problem_of_url(given["url"]):
            yield ["url"], sentence
    if unknown := unknown_among(given.get("event_types", ())):
        yield ["event_types"], f"There is no event {', '.join(unknown)}."
    if len(given.get("description", "")) > DESCRIPTION_LENGTH:
        yield ["description"], f"A description has at most {DESCRIPTION_LENGTH} characters."
    if header := given.get("header"):
        if sentence := problem_of_name(header[0]):
            yield ["header", "name"], sentence
        if sentence := problem_of_value(header[1]):
            yield ["header", "value"], sentence


def _is_ourselves(target: Target) -> bool:
    ours = urlsplit(settings.PUBLIC_URL)
    port = ours.port or USUAL_PORTS.get(ours.scheme)
    return (target.host, target.port) == (ours.hostname, port)
