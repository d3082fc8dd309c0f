"""One window for all tests of a file that do nothing to its workspace: a backend takes seconds to start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from desktop.desk import Desk
from desktop.settings import Settings
from desktop.theme.look import look
from desktop.window import Window


def shown(folder: Path) -> Iterator[Window]:
    """The window, until its file is done with it."""
    desk = Desk(folder / "workspace")
    look().put_on(desk.settings.scheme, desk.settings.points)
    made = Window(desk)
    made.resize(1366, 820)
    made.show()
    yield made
    made.close()
    desk.close()


def as_new(window: Window) -> Window:
    """Nothing is open, nothing runs, nothing was said."""
    desk = window.desk
    desk.project, desk.plan.state = None, None
    desk.project_changed.emit()
    desk.plan.changed.emit()
    desk.remember(Settings())
    desk.show_jobs(())
    window.notices.dismiss()
    window.palette_.shut()
    window.show_page("home", {})
    window.activateWindow()
    return window
