"""The options of the command line: those of the spec, from its rules, and a few of its own."""

from __future__ import annotations

import argparse

from .errors import BadSpec
from .spec import WatermarkSpec
from .spec.rules import ChoiceRule, Rule
from .spec.settings import ListRule, ObjectRule
from .spec.variables import PAGE_VARIABLES, VARIABLES

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from typing import Any

# Which option gives a mark its content, and so its type.
CONTENTS = {
    "text": ("watermark_text", "TEXT", "a text; its line breaks count"),
    "image": ("asset", "FILE", "a picture: PNG, JPEG and others"),
    "pdf": ("asset", "FILE", "the first page of a document"),
}


class _Formatter(argparse.HelpFormatter):
    """Help of a fixed width: finding out the terminal's would load ``shutil`` on every run."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=28, width=100)


def parser() -> argparse.ArgumentParser:
    """The command line; what it reads is for ``spec_of`` and its fellows."""
    made = argparse.ArgumentParser(
        prog="python -m documents.watermark",
        description="Draw a mark on the pages of a PDF.",
        epilog="exit status: 0 done, 2 bad usage, 3 bad document, 4 file cannot be read or written",
        formatter_class=_Formatter,
    )
    made.add_argument("source", metavar="IN", help="the document")
    made.add_argument("target", metavar="OUT", help="where to write the marked document")
    contents = made.add_mutually_exclusive_group(required=True)
    for type_, (_, metavar, help_text) in CONTENTS.items():
        contents.add_argument(f"--{type_}", metavar=metavar, help=help_text)
    contents.add_argument(
        "--remove", action="store_true", help="take our marks out; no option of a mark counts then"
    )
    for name, rule in _own_options().items():
        flag = f"--{name.replace('_', '-')}"
        made.add_argument(flag, dest=name, metavar=_metavar(rule), help=_help(rule))
    made.add_argument(
        "--variable",
        dest="variables",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="what {{ NAME }} in a text stands for; page and pages are known",
    )
    made.add_argument(
        "--mark-id", metavar="ID", help="goes into the document with the mark; with --remove: whose"
    )
    made.add_argument("--password", help="opens an encrypted document")
    made.add_argument("--json", action="store_true", help="tell the outcome as JSON")
    return made


def _own_options() -> dict[str, Rule]:
    """The rules of the fields that have an option of their own name."""
    contents = {"type", *(field for field, _, _ in CONTENTS.values())}
    return {name: rule for name, rule in WatermarkSpec.RULES.items() if name not in contents}


def spec_of(options: argparse.Namespace) -> WatermarkSpec:
    """The spec that the options ask for; raises BadSpec, for a variable without a value too."""
    given: dict[str, Any] = {name: getattr(options, name) for name in _own_options()}
    for type_, (field, _, _) in CONTENTS.items():
        if getattr(options, type_) is not None:
            given |= {"type": type_, field: getattr(options, type_)}
    given = {name: value for name, value in given.items() if value is not None}
    spec = WatermarkSpec.parse(given, strings=True)
    missing = spec.without_values({*PAGE_VARIABLES, *variables_of(options)})
    if missing:
        raise BadSpec(missing)
    return spec


def variables_of(options: argparse.Namespace) -> dict[str, str]:
    """The values of ``--variable``; leaves with a usage error where one is no assignment."""
    pairs = (each.partition("=") for each in options.variables)
    values = {name.strip(): value for name, sign, value in pairs if sign}
    unknown = [name for name in values if name not in VARIABLES or name in PAGE_VARIABLES]
    if unknown or len(values) < len(options.variables):
        known = ", ".join(name for name in VARIABLES if name not in PAGE_VARIABLES)
        parser().error(f"--variable takes NAME=VALUE, where NAME is one of {known}")
    return values


def assets_of(spec: WatermarkSpec) -> dict[str, str]:
    """The files of pictures and documents: on the command line, assets are named by their path."""
    return {mark.asset: mark.asset for mark in spec.marks if mark.asset}


def _metavar(rule: Rule) -> str:
    if isinstance(rule, ObjectRule | ListRule):
        return "JSON"
    if isinstance(rule, ChoiceRule):
        return "|".join(value for value, _ in rule.choices) if len(rule.choices) < 5 else "WORD"
    return rule.unit.upper() or rule.kind.upper()


def _help(rule: Rule) -> str:
    text = f"{rule.label}. {rule.help_text}"
    if isinstance(rule, ChoiceRule):
        text += f" One of: {', '.join(value for value, _ in rule.choices)}."
    plain = None if rule.default is None else rule.plain(rule.default)
    if plain not in (None, [], {}) and not isinstance(rule, ObjectRule):
        text += f" Default: {plain}."
    return text.replace("%", "%%")
