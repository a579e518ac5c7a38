#!/usr/bin/env python3
"""Entry for every command: `python manage.py help`."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "avots.config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
