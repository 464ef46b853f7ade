# SPDX-License-Identifier: GPL-2.0-only
"""TAP, for tests in Python."""

import sys

number = failures = 0


def test(passed, description, *diagnostics):
    """One test, and what to say when it fails."""
    global number, failures
    number += 1
    failures += not passed
    print(f"{'ok' if passed else 'not ok'} {number} - {description}")
    if not passed:
        for line in diagnostics:
            print("#", str(line)[:2000].replace("\n", "\n# "))


def done():
    """The plan; ends the program."""
    print(f"1..{number}")
    sys.exit(failures > 0)
