"""The command line as ``argparse`` reads it: with help, abbreviations and words about mistakes."""

from __future__ import annotations

import argparse

from .option_fields import CONTENTS, own_options
from .spec.rules import ChoiceRule, Rule
from .spec.settings import ListRule, ObjectRule


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
    made.add_argument("target", metavar="OUT", nargs="?", help="where to write the marked document")
    contents = made.add_mutually_exclusive_group(required=True)
    for type_, (_, metavar, help_text) in CONTENTS.items():
        contents.add_argument(f"--{type_}", metavar=metavar, help=help_text)
    contents.add_argument(
        "--remove", action="store_true", help="take our marks out; no option of a mark counts then"
    )
    contents.add_argument(
        "--inspect", action="store_true", help="tell what the document is, as JSON; needs no OUT"
    )
    made.add_argument(
        "--replace", action="store_true", help="take our former marks out before this one goes in"
    )
    made.add_argument(
        "--preview",
        metavar="PAGE",
        help="write this page with its mark as a picture: PNG, or WebP where OUT ends in .webp",
    )
    made.add_argument(
        "--font-folder", metavar="DIR", help="more fonts, for characters that ours lack"
    )
    for name, rule in own_options().items():
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
