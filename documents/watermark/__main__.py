"""``python -m documents.watermark IN OUT --text TEXT``: mark one document.

Exit status: 0 done, 2 wrong usage or a bad spec, 3 a document that cannot be marked, 4 a file
that cannot be read or written. Errors are one line ``code: message`` on standard error, or with
``--json`` one object on standard output.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Sequence

from . import BadSpec, WatermarkError, WatermarkSpec, apply
from .rules import ChoiceRule, Rule

DONE, BAD_USAGE, BAD_DOCUMENT, BAD_FILE = 0, 2, 3, 4


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command."""
    options = _parser().parse_args(arguments)
    logging.getLogger("pikepdf").addHandler(logging.NullHandler())  # its remarks are not for users
    given = {name: getattr(options, name) for name in WatermarkSpec.rules()}
    try:
        spec = WatermarkSpec.parse(
            {name: value for name, value in given.items() if value is not None}, strings=True
        )
        result = apply(options.source, options.target, spec, password=options.password)
    except BadSpec as error:
        problems = [problem.as_dict() for problem in error.problems]
        return _failed(options, BAD_USAGE, error.code, error.message, problems=problems)
    except WatermarkError as error:
        return _failed(options, BAD_DOCUMENT, error.code, error.message)
    except OSError as error:
        return _failed(options, BAD_FILE, "file_error", str(error))
    if options.json:
        warnings = [{"code": each.code, "message": each.message} for each in result.warnings]
        _print_json(
            pages=result.pages,
            method=result.method,
            bytes_written=result.bytes_written,
            warnings=warnings,
        )
    else:
        for warning in result.warnings:
            print(f"warning: {warning.code}: {warning.message}", file=sys.stderr)
    return DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m documents.watermark",
        description="Draw a mark on every page of a PDF.",
        epilog="exit status: 0 done, 2 bad usage, 3 bad document, 4 file cannot be read or written",
    )
    parser.add_argument("source", metavar="IN", help="the document")
    parser.add_argument("target", metavar="OUT", help="where to write the marked document")
    for name, rule in WatermarkSpec.rules().items():
        flag = "--text" if name == "watermark_text" else f"--{name.replace('_', '-')}"
        parser.add_argument(flag, dest=name, required=rule.required, help=_help(rule))
    parser.add_argument("--password", help="opens an encrypted document")
    parser.add_argument("--json", action="store_true", help="tell the outcome as JSON")
    return parser


def _help(rule: Rule) -> str:
    text = rule.help_text
    if isinstance(rule, ChoiceRule):
        text += f" One of: {', '.join(value for value, _ in rule.choices)}."
    if rule.default is not None:
        text += f" Default: {rule.plain(rule.default)}."
    return text.replace("%", "%%")


def _failed(
    options: argparse.Namespace, status: int, code: str, message: str, **more: object
) -> int:
    if options.json:
        _print_json(error={"code": code, "message": message, **more})
    else:
        print(f"{code}: {' '.join(message.split())}", file=sys.stderr)
    return status


def _print_json(**shown: object) -> None:
    print(json.dumps(shown, ensure_ascii=False))


if __name__ == "__main__":
    sys.exit(main())
