"""Command line: ``python -m deploy.local run``."""

from __future__ import annotations

import argparse
import sys

from deploy.local.problems import AlreadyRunning, CannotStart
from deploy.local.run import run
from deploy.local.terminal import complain
from deploy.local.throwaway import serve_until_end_of_input


def main() -> int:
    """Do what the command line says; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run_command = commands.add_parser("run", help="run everything until Ctrl-C")
    run_command.add_argument(
        "--stop-with-parent", action="store_true", help="stop when the calling process dies"
    )
    commands.add_parser("throwaway", help="services for tests, until the end of the input")
    arguments = parser.parse_args()
    try:
        if arguments.command == "throwaway":
            return serve_until_end_of_input()
        return run(stop_with_parent=arguments.stop_with_parent)
    except AlreadyRunning as running:
        print(running)
        return 0
    except CannotStart as problem:
        complain(problem)
        return 1


if __name__ == "__main__":
    sys.exit(main())
