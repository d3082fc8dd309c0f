"""`python -m desktop`: the window, when there is one."""

from __future__ import annotations

import sys

if __name__ == "__main__":
    print(
        "The window comes in a later version; everything works from the command line: lookalike --help", file=sys.stderr
    )
    sys.exit(2)
