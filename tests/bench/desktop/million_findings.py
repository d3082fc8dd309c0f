"""A million findings in the Privacy hub: how long until they are shown, filtered, ordered, scrolled; the event loop's longest gap.

python -m tests.bench.desktop.million_findings [--columns 1000000] [--result FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np

from tests.bench.report import write_result

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

KINDS = (
    "",
    "E-mail address",
    "First name",
    "Key of a person",
    "Telephone number",
    "Street address",
    "Postcode",
    "Town",
)


def write_evidence(workspace: Path, plan: Path, columns: int) -> None:
    """As discovery keeps it: tables of a hundred columns."""
    from desktop.backend.hub_evidence import Evidence, evidence_path, save_evidence
    from desktop.models.columnar import names
    from desktop.models.hub_board import Coded
    from engine.workspace import open_workspace

    rng, tables = np.random.default_rng(7), columns // 100
    kinds = rng.integers(0, len(KINDS), columns).astype(np.int32)
    shares = [
        f"{share} % of {count:,} distinct values look like it" for share in range(101) for count in (50, 500, 5000)
    ]
    full = [json.dumps({"entity": None, "evidence": [said]}) for said in shares]
    evidence = Evidence(
        "warehouse", None, "2026-11-22T12:00:00+00:00",
        Coded(np.repeat(np.arange(tables, dtype=np.int32), 100), names(f"table_{place}" for place in range(tables))),
        Coded(np.tile(np.arange(100, dtype=np.int32), tables), names(f"column_{place}" for place in range(100))),
        Coded(kinds, names(KINDS)), rng.random(columns, np.float32),
        Coded(rng.integers(0, len(shares), columns).astype(np.int32), names(shares)),
        names(full[place % len(full)] for place in range(columns)), rng.integers(0, 10**6, tables),
        {"not_examined": [], "keys": [], "quasi_identifiers": []},
    )  # fmt: skip
    save_evidence(evidence_path(open_workspace(workspace), str(plan)), evidence)


def write_plan(path: Path, columns: int) -> None:
    """A third of the tables copied, a third left out; of the others nothing is decided."""
    lines = ["version = 1", 'name = "warehouse"', 'key = "default"', ""]
    for place in range(columns // 100):
        if place % 3:
            said = 'treatment = "copy"\nreason = "public"' if place % 3 == 1 else 'treatment = "drop"'
            lines.append(f"[tables.table_{place}]\n{said}\n")
    path.write_text("\n".join(lines), "utf-8")


def measure(folder: Path, columns: int) -> dict[str, object]:
    from PySide6.QtWidgets import QApplication

    application = QApplication([])
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    from desktop.desk import Desk
    from desktop.garbage import Collector
    from desktop.models.hub import Group, Sort
    from desktop.pages.discover import DiscoverPage
    from desktop.settings import Project
    from desktop.theme.look import look
    from engine.catalog import open_catalog
    from engine.workspace import open_workspace
    from tests.desktop.conftest import until
    from tests.desktop.stalls import monitored

    workspace, plan, database = folder / "workspace", folder / "warehouse.toml", folder / "warehouse.db"
    sqlite3.connect(database).close()
    with open_catalog(open_workspace(workspace).catalog) as catalog:
        catalog.save_connection("warehouse", f"sqlite:///{database}")
    write_evidence(workspace, plan, columns)
    write_plan(plan, columns)
    desk = Desk(workspace)
    look().put_on(desk.settings.scheme, desk.settings.points)
    page = DiscoverPage(desk)
    page.resize(1100, 740)
    page.show()
    # As the window does.
    application.collector = Collector(application)  # type: ignore[attr-defined]
    measured: dict[str, object] = {"columns": columns}

    def step(name: str, do: Callable[[], object], done: Callable[[], bool]) -> None:
        with monitored() as stalls:
            began = perf_counter()
            do()
            until(done, 60)
            seconds = perf_counter() - began
            QTest.qWait(50)
        print(
            f"{name:<34}{seconds * 1000:>9,.0f} ms   longest gap {stalls.longest * 1000:>5.0f} ms   load {os.getloadavg()[0]:.1f}"
        )
        measured[name] = {
            "milliseconds": round(seconds * 1000),
            "longest_gap_milliseconds": round(stalls.longest * 1000),
        }
        if stalls.found:
            print(stalls)

    def shown() -> bool:
        return page.shown is not None and page._showing is None

    def wish(name: str, do: Callable[[], object]) -> None:
        step(name, do, shown)

    step("open", lambda: desk.open_project(Project(str(plan), "warehouse")), shown)
    print(f"{columns:,} columns, {page.shown.rows:,} undecided")
    chips, grid = page.queue.chips, page.queue.grid
    wish("all", chips.groups[None].click)
    wish("filter by group", chips.groups[Group.KEPT].click)
    wish("filter by kind", chips.kinds[0].click)
    wish("all kinds", chips.every.click)
    wish("all again", chips.groups[None].click)
    for letters in ("column_4", "column_42", "table_99.column_42"):
        wish(f"type {letters}", lambda text=letters: chips.text.setText(text))
    wish("clear", chips.text.clear)
    for sort in (Sort.SURE, Sort.EVIDENCE, Sort.TABLE, Sort.WORK):
        wish(f"order by {sort.name.lower()}", lambda sort=sort: page.queue.want(type(chips.wish)(sort=sort)))

    def scroll() -> None:
        bar = grid.verticalScrollBar()
        for part in range(200):
            bar.setValue(bar.maximum() * part // 200)
            QTest.qWait(1)

    step("scroll, 200 places", scroll, lambda: page.queue.line is not None)
    step("go to the end", lambda: QTest.keyClick(grid, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier),
         lambda: page.queue.line is not None)  # fmt: skip
    step("select all", lambda: QTest.keyClick(grid, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier),
         lambda: page.queue.chosen == columns)  # fmt: skip
    desk.close()
    application.quit()
    return measured


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--columns", type=int, default=1_000_000)
    parser.add_argument("--result", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measured = measure(Path(folder), asked.columns)
    if asked.result:
        write_result(asked.result, "python -m tests.bench.desktop.million_findings", measured)


if __name__ == "__main__":
    main()
