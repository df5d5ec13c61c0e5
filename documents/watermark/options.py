"""The options of the command line: those of the spec, from its rules, and a few of its own."""

from __future__ import annotations

from types import SimpleNamespace

from .errors import BadSpec, Problem
from .option_fields import CONTENTS, own_options
from .spec import WatermarkSpec
from .spec.variables import PAGE_VARIABLES, VARIABLES

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

FLAGS = ("remove", "inspect", "replace", "json")


def read(arguments: Sequence[str]) -> SimpleNamespace:
    """What the command line says; leaves with a usage error, or after the help that it asks for.

    Plain pairs of options and values are read here: ``argparse`` takes as long to load and to set
    up as ten pages to mark.
    """
    options = _read_plainly(arguments)
    if options is None:
        from .option_parser import parser

        made = parser()
        options = SimpleNamespace(**vars(made.parse_args(list(arguments))))
        if options.target is None and not options.inspect:
            made.error("the following arguments are required: OUT")
    return options


def _read_plainly(arguments: Sequence[str]) -> SimpleNamespace | None:
    """What plain arguments say; None where ``argparse`` has to look."""
    with_value = {*CONTENTS, *own_options(), "mark_id", "password", "preview", "font_folder"}
    given: dict[str, Any] = dict.fromkeys(with_value) | dict.fromkeys(FLAGS, False)
    files: list[str] = []
    variables: list[str] = []
    left = iter(arguments)
    for argument in left:
        name = argument[2:].replace("-", "_")
        if not argument.startswith("-"):
            files.append(argument)
        elif argument[:2] == "--" and name in FLAGS:
            given[name] = True
        else:
            value = next(left, "-")
            if value.startswith("-") or argument[:2] != "--":
                return None
            if name == "variable":
                variables.append(value)
            elif name in with_value and given[name] is None:
                given[name] = value
            else:
                return None
    contents = (
        sum(given[name] is not None for name in CONTENTS) + given["remove"] + given["inspect"]
    )
    if len(files) != 2 or contents != 1:
        return None
    return SimpleNamespace(source=files[0], target=files[1], variables=variables, **given)


def spec_of(options: SimpleNamespace) -> WatermarkSpec:
    """The spec that the options ask for; raises BadSpec, for a variable without a value too."""
    given: dict[str, Any] = {name: getattr(options, name) for name in own_options()}
    for type_, (field, _, _) in CONTENTS.items():
        if getattr(options, type_) is not None:
            given |= {"type": type_, field: getattr(options, type_)}
    given = {name: value for name, value in given.items() if value is not None}
    spec = WatermarkSpec.parse(given, strings=True)
    missing = spec.without_values({*PAGE_VARIABLES, *variables_of(options)})
    if missing:
        raise BadSpec(missing)
    return spec


def variables_of(options: SimpleNamespace) -> dict[str, str]:
    """The values of ``--variable``; leaves with a usage error where one is no assignment."""
    pairs = (each.partition("=") for each in options.variables)
    values = {name.strip(): value for name, sign, value in pairs if sign}
    unknown = [name for name in values if name not in VARIABLES or name in PAGE_VARIABLES]
    if unknown or len(values) < len(options.variables):
        known = ", ".join(name for name in VARIABLES if name not in PAGE_VARIABLES)
        from .option_parser import parser

        parser().error(f"--variable takes NAME=VALUE, where NAME is one of {known}")
    return values


def assets_of(spec: WatermarkSpec) -> dict[str, str]:
    """The files of pictures and documents: on the command line, assets are named by their path."""
    return {mark.asset: mark.asset for mark in spec.marks if mark.asset}


def page_of(options: SimpleNamespace) -> int:
    """The page of ``--preview``; raises BadSpec where it is no number."""
    try:
        return int(options.preview)
    except ValueError:
        raise BadSpec([Problem(("page",), "Should be a page number", "int_parsing")]) from None
