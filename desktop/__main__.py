"""`lookalike-desktop`, or `python -m desktop`: the window on a workspace."""

from __future__ import annotations

import argparse
import gc
import sys
from pathlib import Path

SWITCH = 0.002
"""Seconds after which Python lets the window's thread go on while another unpickles."""


def main(words: list[str] | None = None) -> int:
    """Open the window and stay until it is closed."""
    parser = argparse.ArgumentParser("lookalike-desktop", description="The window of Lookalike.")
    parser.add_argument("--workspace", type=Path, help="Folder of catalog, vault and runs (default: yours).")
    asked = parser.parse_args(words)
    try:
        from PySide6.QtWidgets import QApplication
    except ImportError:
        print("The window needs Qt: pip install lookalike[desktop]. The command line needs none.", file=sys.stderr)
        return 2
    from desktop.desk import Desk
    from desktop.garbage import Collector
    from desktop.shell_faults import outlive
    from desktop.theme.look import look
    from desktop.window import Window

    sys.setswitchinterval(SWITCH)
    application = QApplication([])
    application.setApplicationName("Lookalike")
    try:
        desk = Desk(asked.workspace)
    except OSError as error:
        print(f"The workspace cannot be opened: {error.strerror}.", file=sys.stderr)
        return 2
    look().put_on(desk.settings.scheme, desk.settings.points)
    outlive(desk)
    window = Window(desk)
    window.show()
    # What is here by now stays: a full collection that walks all of it would hold the event loop for a tenth of a second.
    gc.freeze()
    Collector(application)
    status = application.exec()
    desk.close()
    return status


if __name__ == "__main__":
    sys.exit(main())
