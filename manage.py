#!/usr/bin/env python
"""Django's command line."""

import os
import sys


def main() -> None:
    """Run the command named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    from config.database.reach import serve_all_tenants

    # Commands are the operator's: the relay, checks and clean-ups are for everybody.
    serve_all_tenants()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
