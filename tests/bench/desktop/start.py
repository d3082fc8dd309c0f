"""How long `python -m desktop` takes from its start to the first paint and to the first answer of its backend, and what memory the
window then holds.

python -m tests.bench.desktop.start [--times N] [--workspace FOLDER] [--result FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.report import write_result

MEBIBYTE = 1 << 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--workspace", type=Path, help="default: a new one, which the first start makes")
    parser.add_argument("--result", type=Path)
    parser.add_argument("--child", type=float, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child is not None:
        _window(asked.workspace, asked.child)
        return
    with tempfile.TemporaryDirectory() as place:
        workspace = asked.workspace or Path(place) / "workspace"
        # The first start reads Qt from the disk; those after it are warm.
        starts = [_start(workspace) for _ in range(asked.times + 1)]
    measured = {"cold": starts[0], "warm": starts[1:], "median": {
        name: statistics.median(start[name] for start in starts[1:]) for name in starts[0]
    }}  # fmt: skip
    print(json.dumps(measured, indent=1))
    if asked.result is not None:
        write_result(asked.result, "python -m tests.bench.desktop.start", measured)


def _start(workspace: Path) -> dict[str, float]:
    words = [sys.executable, "-m", "tests.bench.desktop.start", "--workspace", str(workspace)]
    done = subprocess.run(
        [*words, "--child", str(time.monotonic())], capture_output=True, text=True, check=True,
        env={"QT_QPA_PLATFORM": "offscreen", **os.environ},
    )  # fmt: skip
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _window(workspace: Path, began: float) -> None:
    """The program itself, ended as soon as its backend has answered."""
    from PySide6.QtCore import QEvent, QTimer
    from PySide6.QtWidgets import QApplication

    from desktop.__main__ import main as window_main
    from desktop.desk import Desk
    from desktop.window import Window

    measured: dict[str, float] = {}

    class Watched(Window):
        def __init__(self, desk: Desk) -> None:
            super().__init__(desk)
            desk.jobs_changed.connect(self.answered)

        def event(self, event: QEvent) -> bool:
            handled = super().event(event)
            if event.type() is QEvent.Type.Paint and "painted_s" not in measured:
                measured["painted_s"] = round(time.monotonic() - began, 3)
            return handled

        def answered(self) -> None:
            measured.setdefault("answered_s", round(time.monotonic() - began, 3))
            QTimer.singleShot(500, self.finish)

        def finish(self) -> None:
            measured["window_mib"] = _resident("self")
            measured["backend_mib"] = _resident(str(self.desk.calls.pid))
            QApplication.quit()

    import desktop.window

    desktop.window.Window = Watched  # type: ignore[misc]
    window_main(["--workspace", str(workspace)])
    print(json.dumps(measured))


def _resident(process: str) -> float:
    """MiB of memory that a process holds (Linux)."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / MEBIBYTE, 1)


if __name__ == "__main__":
    main()
