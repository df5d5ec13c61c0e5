"""``countermark``: where everything starts and every failure ends."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from countermark_cli.arguments import parser
from countermark_cli.failures import INTERRUPTED, Failure
from countermark_cli.output import Output


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the exit status."""
    options = parser().parse_args(arguments)
    output = Output(as_json=options.json, quiet=options.quiet)
    try:
        status: int = options.run(options, output)
    except Failure as failure:
        request = failure.more.get("request_id")
        told = f"countermark: {failure}" + (f" (request {request})" if request else "")
        output.complaint(told, **failure.as_dict())
        return failure.status
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    return status


if __name__ == "__main__":
    sys.exit(main())
