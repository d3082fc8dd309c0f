"""Pictures of every page, every tab and what opens above them, in light, dark and high contrast, at scale 1 and 2:

    python -m tests.desktop.screenshots FOLDER

They are looked at by people; no test compares them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from tests.desktop.views import LIVE, VIEWS

SIZE = (1366, 820)
SCALES = (1, 2)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scale", type=int, help="this one, in this process")
    parser.add_argument("--stage", type=Path, help="a folder that was filled before")
    parser.add_argument("--only", action="append", help="pictures whose names begin so")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    if asked.scale is not None:
        return _pictures(asked.folder, asked.stage, asked.scale, tuple(asked.only or [""]))
    with tempfile.TemporaryDirectory() as place:
        folder = asked.stage or Path(place)
        if not (folder / "workspace").exists():
            _fill(folder)
        for scale in SCALES:
            words = [sys.executable, "-m", "tests.desktop.screenshots", str(asked.folder), "--scale", str(scale)]
            words += ["--stage", str(folder), *(word for name in asked.only or () for word in ("--only", name))]
            scaled = {"QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": str(scale)}
            subprocess.run(words, env={**os.environ, **scaled}, check=True)
    return 0


def _fill(folder: Path) -> None:
    from tests.desktop.stage import large, stage

    stage(folder, accept=False)
    large(folder)


def _pictures(folder: Path, place: Path, scale: int, only: tuple[str, ...]) -> int:
    from PySide6.QtWidgets import QApplication

    from desktop.desk import Desk
    from desktop.settings import Scheme
    from desktop.theme.look import look
    from desktop.window import Window
    from tests.desktop.conftest import answer
    from tests.desktop.stage import PASSPHRASE
    from tests.desktop.views import Walk

    _application = QApplication([])
    desk = Desk(place / "workspace")
    answer(desk.calls, "vault.unlock", passphrase=PASSPHRASE)
    desk.remember(replace(desk.settings, scheme=Scheme.LIGHT, points=0))
    look().put_on(Scheme.LIGHT, 0)
    window = Window(desk)
    window.resize(*SIZE)
    window.show()
    walk = Walk(window, place)
    walk.begin()
    for name, go in {**VIEWS, **LIVE}.items():
        if not name.startswith(only):
            continue
        go(walk)
        walk.settle(live=name in LIVE)
        for scheme in (Scheme.LIGHT, Scheme.DARK, Scheme.CONTRAST):
            desk.remember(replace(desk.settings, scheme=scheme))
            _dressed()
            walk.picture().save(str(folder / f"{name}-{scheme.value}-{scale}x.png"))
        walk.leave()
        desk.remember(replace(desk.settings, scheme=Scheme.LIGHT))
        _dressed()
    walk.end()
    window.close()
    desk.close()
    return 0


def _dressed() -> None:
    """Wait until every part of the window wears the colours that were chosen."""
    from PySide6.QtWidgets import QApplication

    from desktop.theme.look import look
    from tests.desktop.conftest import until

    until(lambda: not look()._waiting)
    QApplication.processEvents()


if __name__ == "__main__":
    sys.exit(main())
