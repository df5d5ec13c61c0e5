"""Structured logs: one JSON object a line (or readable lines), each with the request's id."""

from __future__ import annotations

import logging
import logging.config
from collections.abc import Mapping
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

from config.request_id import current_request_id


def add_request_id(_: Any, __: str, event: EventDict) -> EventDict:
    """Put the id of the request being served into the event."""
    if request_id := current_request_id():
        event.setdefault("request_id", request_id)
    return event


# Without the local variables, which structlog would add: passwords and keys are among them.
_tracebacks = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)


def configure(config: Mapping[str, str]) -> None:
    """Set up structlog and the standard library with one output (Django's ``LOGGING_CONFIG``).

    ``config`` has ``format`` (``json`` or ``console``) and ``level``.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        add_request_id,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Processor] = (
        [_tracebacks, structlog.processors.JSONRenderer()]
        if config["format"] == "json"
        else [
            structlog.dev.ConsoleRenderer(
                colors=False, exception_formatter=structlog.dev.plain_traceback
            )
        ]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        "foreign_pre_chain": shared,
    }
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"lines": formatter},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
            "root": {"handlers": ["stderr"], "level": config["level"]},
            "loggers": {
                # One line per request is ours (config/middleware.py); theirs would double it.
                "django.request": {"level": "ERROR"},
                "django.server": {"level": "CRITICAL"},
                "uvicorn.access": {"level": "CRITICAL", "propagate": False},
            },
        }
    )
