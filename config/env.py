"""Typed reading of the environment: one value each, secrets also from files, loud failures.

Every variable of ours starts with ``COUNTERMARK_``; a name with that prefix which nothing
declares is an error too, since it is almost always a misspelling.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import TypeVar

PREFIX = "COUNTERMARK_"
T = TypeVar("T")


class BadEnvironment(SystemExit):
    """A setting in the environment is missing, unknown or not understood."""

    def __init__(self, sentence: str) -> None:
        super().__init__(f"Configuration error: {sentence}")


class Environment:
    """Reads declared variables from a mapping and remembers which were declared."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._values = os.environ if values is None else values
        self._declared: set[str] = set()

    def text(self, name: str, default: str | None = None) -> str:
        """Return the value of ``name``, or of the file that ``<name>_FILE`` names."""
        self._declared |= {name, f"{name}_FILE"}
        value, file = self._values.get(name), self._values.get(f"{name}_FILE")
        if value and file is not None:
            raise BadEnvironment(f"set {name} or {name}_FILE, not both.")
        if file is not None:
            value = self._read_secret(name, Path(file))
        if value is None or value == "":
            value = default
        if value is None:
            raise BadEnvironment(f"{name} is not set (nor {name}_FILE).")
        return value

    def integer(
        self, name: str, default: int, *, minimum: int = 0, maximum: int | None = None
    ) -> int:
        """Return a whole number from ``minimum`` to ``maximum``, both included."""
        number = self._parsed(name, str(default), int, "a whole number")
        if number < minimum:
            raise BadEnvironment(f"{name} is {number}, but must be at least {minimum}.")
        if maximum is not None and number > maximum:
            raise BadEnvironment(f"{name} is {number}, but must be at most {maximum}.")
        return number

    def flag(self, name: str, default: bool) -> bool:
        """Return a yes or no: ``1/true/yes/on`` or ``0/false/no/off``."""
        words = {"1": True, "true": True, "yes": True, "on": True}
        words |= {"0": False, "false": False, "no": False, "off": False}
        return self._parsed(
            name, "1" if default else "0", lambda text: words[text.lower()], "yes or no"
        )

    def words(self, name: str, default: str) -> list[str]:
        """Return the comma-separated words of ``name``."""
        return [word.strip() for word in self.text(name, default).split(",") if word.strip()]

    def networks(self, name: str, default: str) -> list[IPv4Network | IPv6Network]:
        """Return the comma-separated addresses and networks (CIDR) of ``name``."""
        try:
            return [ip_network(word) for word in self.words(name, default)]
        except ValueError as error:
            raise BadEnvironment(f"{name}: {error}.") from None

    def numbers(self, name: str, default: str) -> list[int]:
        """Return the comma-separated whole numbers of ``name``, none below 0, at least one."""
        numbers = self._parsed(name, default, _whole_numbers, "whole numbers with commas between")
        if not numbers or min(numbers) < 0:
            raise BadEnvironment(f"{name} must name numbers of 0 or more.")
        return numbers

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        """Return one of ``choices``."""
        value = self.text(name, default)
        if value not in choices:
            raise BadEnvironment(f"{name} is {value!r}, but must be one of {', '.join(choices)}.")
        return value

    def url(self, name: str, schemes: tuple[str, ...]) -> str:
        """Return the address of a service, which must name a host and one of ``schemes``."""
        value = self.text(name)
        if not any(value.startswith(f"{scheme}://") for scheme in schemes):
            # Not shown: it may hold a password.
            starts = " or ".join(f"{scheme}://" for scheme in schemes)
            raise BadEnvironment(f"{name} must start with {starts}.")
        return value

    def refuse_unknown(self) -> None:
        """Raise for each ``COUNTERMARK_`` variable that no setting has asked for."""
        unknown = sorted(
            name for name in self._values if name.startswith(PREFIX) and name not in self._declared
        )
        if unknown:
            raise BadEnvironment(f"unknown setting {', '.join(unknown)}: misspelt?")

    def _parsed(self, name: str, default: str, parse: Callable[[str], T], kind: str) -> T:
        text = self.text(name, default)
        try:
            return parse(text)
        except (ValueError, KeyError):
            raise BadEnvironment(f"{name} is {text!r}, but must be {kind}.") from None

    @staticmethod
    def _read_secret(name: str, file: Path) -> str:
        try:
            return file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise BadEnvironment(f"{name}_FILE: {error}.") from None


def _whole_numbers(text: str) -> list[int]:
    return [int(word) for word in text.split(",") if word.strip()]
