"""``python -m documents.watermark IN OUT --text TEXT``: mark one document.

``--image``, ``--pdf``: with a picture or a page instead; ``--remove``, ``--replace``: take our
former marks out; ``--preview PAGE``: one page as a picture; ``--inspect``: tell what it is.

Exit status: 0 done, 2 wrong usage or a bad spec, 3 a document that cannot be marked, 4 a file
that cannot be read or written. Errors are one line ``code: message`` on standard error, or with
``--json`` one object on standard output.
"""

from __future__ import annotations

import gc
import os
import sys

from . import BadSpec, WatermarkError, apply, inspect, remove, replace
from .files import writable
from .options import assets_of, page_of, read, spec_of, variables_of

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import SimpleNamespace
    from typing import NoReturn

    from .outcome import Result

DONE, BAD_USAGE, BAD_DOCUMENT, BAD_FILE = 0, 2, 3, 4


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command."""
    options = read(sys.argv[1:] if arguments is None else arguments)
    try:
        result = _result(options)
    except BadSpec as error:
        problems = [problem.as_dict() for problem in error.problems]
        return _failed(options, BAD_USAGE, error.code, error.message, problems=problems)
    except WatermarkError as error:
        return _failed(options, BAD_DOCUMENT, error.code, error.message)
    except OSError as error:
        return _failed(options, BAD_FILE, "file_error", str(error))
    if result is None:
        return DONE
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


def _result(options: SimpleNamespace) -> Result | None:
    """What was done with the document; None where the answer is no document."""
    if options.inspect:
        _inspected(options)
        return None
    if options.preview is not None:
        _previewed(options)
        return None
    return _removed(options) if options.remove else _applied(options)


def _applied(options: SimpleNamespace) -> Result:
    spec = spec_of(options)
    work = replace if options.replace else apply
    return work(
        options.source,
        options.target,
        spec,
        password=options.password,
        variables=variables_of(options),
        assets=assets_of(spec),
        mark_id=options.mark_id,
        font_folder=options.font_folder,
    )


def _inspected(options: SimpleNamespace) -> None:
    _print_json(**inspect(options.source, password=options.password).as_dict())


def _previewed(options: SimpleNamespace) -> None:
    from .preview import preview

    spec = spec_of(options)
    picture = preview(
        options.source,
        spec,
        page=page_of(options),
        format="webp" if options.target.lower().endswith(".webp") else "png",
        password=options.password,
        variables=variables_of(options),
        assets=assets_of(spec),
    )
    with writable(options.target) as stream:
        stream.write(picture)


def _removed(options: SimpleNamespace) -> Result:
    return remove(
        options.source, options.target, mark_id=options.mark_id, password=options.password
    )


def _failed(options: SimpleNamespace, status: int, code: str, message: str, **more: object) -> int:
    if options.json:
        _print_json(error={"code": code, "message": message, **more})
    else:
        print(f"{code}: {' '.join(message.split())}", file=sys.stderr)
    return status


def _print_json(**shown: object) -> None:
    import json

    print(json.dumps(shown, ensure_ascii=False))


def leave(status: int) -> NoReturn:
    """End the process at once: taking the interpreter apart would take 2 ms more."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        sys.exit(status)
    os._exit(status)


if __name__ == "__main__":
    gc.disable()  # a run makes no garbage in circles, and looking for it takes 2 ms
    leave(main())
