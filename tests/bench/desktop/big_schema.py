"""The Schema page on 1,000, 2,000 and 10,000 tables of 20 columns: first paint, filter, layout, frames of pan and zoom, memory.

python -m tests.bench.desktop.big_schema [--tables 10000] [--boxes 2000] [--result FILE]

The tables are made in SQLite and read by the backend as any other; the widgets are the real ones, drawn offscreen. A frame
is a step of the view and all of it painted anew.
"""

from __future__ import annotations

import argparse
import os
import random
import sqlite3
import statistics
import tempfile
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from time import perf_counter, thread_time
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from tests.bench.report import write_result
from tests.desktop.conftest import answer, until
from tests.desktop.stalls import monitored

COLUMNS = 20
FRAMES = 60


def make(path: Path, tables: int, seed: int = 1) -> str:
    """So many tables in a new file; each refers to up to three earlier ones."""
    chance = random.Random(seed)
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("pragma journal_mode = off")
        file.execute("begin")
        for number in range(tables):
            parents = [chance.randrange(number) for _ in range(chance.choice((0, 1, 1, 2, 3)))] if number else []
            keys = [f"p{place} integer references t{parent:05}" for place, parent in enumerate(parents)]
            plain = [f"c{place}" for place in range(COLUMNS - 1 - len(keys))]
            # Short words: SQLite reads all of them again for each table that is made.
            file.execute(f"create table t{number:05} ({', '.join(['id integer primary key', *keys, *plain])})")
        file.execute("commit")
    return f"sqlite:///{path}"


def memory() -> float:
    """Resident, of this process, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def seconds(act: Callable[[], object], ready: Callable[[], bool]) -> float:
    """From an act until this holds and is painted."""
    started = perf_counter()
    act()
    until(ready, 300)
    QApplication.processEvents()
    return perf_counter() - started


def rate(view: Any, step: Callable[[int], None]) -> dict[str, int]:
    """Frames a second: by the clock, and of the window's own processor time, whatever else the machine does."""
    clock, own = perf_counter(), thread_time()
    for number in range(FRAMES):
        step(number)
        view.viewport().repaint()
        QApplication.processEvents()
    return {"clock": round(FRAMES / (perf_counter() - clock)), "own": round(FRAMES / (thread_time() - own))}


def browse(page: Any, url: str, tables: int) -> dict[str, object]:
    """The tree: from the moment that the backend has the schema, and each filter as somebody types it."""
    answer(page.desk.calls, "schema.catalogue", 600, connection=url)
    model = page.tree.rows
    page.catalogue = None
    with monitored() as stalls:
        paint = seconds(
            lambda: page.entered(connection=url), lambda: page.catalogue is not None and model.rowCount() == tables + 1
        )
        filters = {}
        for text in ("t", "t01", "c7", "t0999 p1", "zzz", ""):
            said: list[bool] = []
            model.modelReset.connect(lambda said=said: said.append(True))
            filters[text or "(none)"] = round(
                seconds(lambda text=text: page.filter.setText(text), lambda said=said: bool(said)), 4
            )
            model.modelReset.disconnect()
        rates = rate(page.tree, lambda number: page.tree.verticalScrollBar().setValue(number * tables // FRAMES))
        page.tree.go(tables // 2)
        seconds(lambda: model.turn(page.tree.currentIndex().row()), lambda: tables // 2 in model.tree.lines)
    return {
        "tables": tables, "first_paint_seconds": round(paint, 3), "filter_seconds": filters,
        "scroll_frames_per_second": rates, "longest_gap_seconds": round(stalls.longest, 3), "window_mb": round(memory()),
    }  # fmt: skip


def draw(page: Any, url: str, boxes: int) -> dict[str, object]:
    """The diagram of a whole schema: the backend's layout, and frames at every distance."""
    from desktop.backend.diagram_layout import Spacing, layout

    view = page.diagram.view
    with monitored() as stalls:
        page._to_diagram()
        shown = seconds(
            page.diagram.draw_all,
            lambda: view.drawing is not None and len(view.drawing) == boxes and len(view.boxes) == boxes,
        )
        frames = {}
        for scale in ("fit", 0.1, 0.25, 0.5, 1.0):
            view.fit()
            if scale != "fit":
                view.zoom(float(scale) / view.transform().m11())
                view.centerOn(view.box_rect(boxes // 2).center())
            pan, zoom = rate(view, partial(_pan, view)), rate(view, partial(_zoom, view))
            frames[str(scale)] = {"pan": pan, "zoom": zoom}
    made = view.drawing
    edges = list(zip(made.parents.tolist(), made.children.tolist(), strict=True))
    spent = statistics.median(
        _timed(lambda: layout(made.heights.tolist(), edges, Spacing(17, 6, 1.6))) for _ in range(3)
    )
    return {
        "boxes": boxes, "keys": len(edges), "layout_seconds": round(spent, 3), "shown_seconds": round(shown, 3),
        "frames_per_second": frames, "longest_gap_seconds": round(stalls.longest, 3), "window_mb": round(memory()),
    }  # fmt: skip


def _pan(view: Any, number: int) -> None:
    across, down = view.horizontalScrollBar(), view.verticalScrollBar()
    across.setValue(across.value() + 12)
    down.setValue(down.value() + (9 if number % 20 < 10 else -9))


def _zoom(view: Any, number: int) -> None:
    view.zoom(1.02 if number % 20 < 10 else 1 / 1.02)


def _timed(act: Callable[[], object]) -> float:
    started = perf_counter()
    act()
    return perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=int, default=10_000)
    parser.add_argument("--boxes", type=int, default=2_000)
    parser.add_argument("--result", type=Path)
    asked = parser.parse_args()
    from desktop.desk import Desk
    from desktop.theme.look import look
    from desktop.window import Window

    QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder) / "workspace")
        look().put_on(desk.settings.scheme, desk.settings.points)
        window = Window(desk)
        window.resize(1366, 820)
        window.show()
        page: Any = window.show_page("schema", {})
        measured: dict[str, object] = {"window_mb_before": round(memory())}
        for name, tables in (("small", 1_000), ("diagram", asked.boxes), ("large", asked.tables)):
            url = make(Path(folder) / f"{name}.db", tables)
            measured[name] = browse(page, url, tables)
            print(name, measured[name], flush=True)
            if name == "diagram":
                measured["drawn"] = draw(page, url, tables)
                print("drawn", measured["drawn"], flush=True)
                page.tabs.setCurrentWidget(page.details)
        desk.close()
    if asked.result:
        write_result(asked.result, "python -m tests.bench.desktop.big_schema", measured)


if __name__ == "__main__":
    main()
