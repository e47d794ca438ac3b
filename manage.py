#!/usr/bin/env python3
"""The one entry point: makes its own `.venv`, installs what is needed, then hands over to the command.

This file keeps to a syntax that an old Python can read, so that it can say that it is too old.
"""

import os
import sys
from importlib import import_module

if sys.version_info < (3, 11):
    sys.exit("Python 3.11 or newer is needed; this is %s.%s. Run, for example: python3.12 manage.py demo" % sys.version_info[:2])

SUPERVISORS = {"demo": "portal.demo.command", "test": "portal.suite.command"}
"""Commands that start other processes and need no Django of their own: loading it would cost half a second and 40 MB."""


def main() -> None:
    """Enter the checkout's environment, then run the command; the exit code is the command's."""
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    import_module("portal.bootstrap").enter(command)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    if command in SUPERVISORS:
        sys.exit(import_module(SUPERVISORS[command]).main(sys.argv[2:]))
    if not command.startswith("-"):
        command = command.replace("-", "_")  # a module, as every command is one, has no hyphen in its name: `aws-env`
    import_module("django.core.management").execute_from_command_line([sys.argv[0], command, *sys.argv[2:]])


if __name__ == "__main__":
    main()
