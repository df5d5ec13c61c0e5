"""Reading bodies; every way in which a body can be broken is a 400, never a crash."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, FormParser, MultiPartParser

from config.api.refusals import MalformedForm, MalformedJson

__all__ = ["FieldsParser", "FormParser", "JsonParser"]


class JsonParser(BaseParser):
    """JSON as RFC 8259 has it: UTF-8, and no NaN or Infinity."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the value; raises ``MalformedJson``."""
        try:
            return json.loads(stream.read().decode("utf-8"), parse_constant=_refuse_constant)
        except UnicodeDecodeError:
            raise MalformedJson("The body is not UTF-8.") from None
        except json.JSONDecodeError as error:
            raise MalformedJson(
                f"The body is not valid JSON: {error.msg} (line {error.lineno}, column"
                f" {error.colno})."
            ) from None
        except (ValueError, RecursionError):
            raise MalformedJson("The body has a number or a nesting beyond all use.") from None


def _refuse_constant(name: str) -> NoReturn:
    raise MalformedJson(f"The body is not valid JSON: {name} is no JSON number.")


class FieldsParser(MultiPartParser):
    """A multipart form of fields only; files are read by the upload lane."""

    def parse(self, *args: Any, **kwargs: Any) -> Any:
        """Return the fields; raises ``MalformedForm``."""
        try:
            return super().parse(*args, **kwargs).data
        except ParseError:
            raise MalformedForm from None
