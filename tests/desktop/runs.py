"""A small shop with its plan and three saved databases, for tests that order real runs."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from connectors import open_database
from desktop.settings import Project, Settings, write_settings
from engine.catalog import open_catalog
from engine.keystore import KeyStore, open_keystore
from engine.planning import Asked, make_plan
from engine.runs import read_plan_file
from engine.verify import verify
from engine.verify_report import VerifyReport
from engine.workspace import Workspace, open_workspace
from tests.desktop.conftest import PASSPHRASE

SHOP = """
CREATE TABLE customer (id INTEGER PRIMARY KEY, first_name TEXT NOT NULL, email TEXT UNIQUE, born DATE);
CREATE TABLE purchase (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customer (id), amount DECIMAL(8, 2));
CREATE TABLE "odd <b>name</b>" (id INTEGER PRIMARY KEY, note TEXT);
"""


def shop_project(folder: Path, rows: int = 3000, *, decided: bool = True) -> tuple[Path, Project]:
    """Build it: the workspace's folder, and the project. `rows`: of all tables."""
    folder.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(folder / "shop.db") as connection:
        connection.executescript(SHOP)
        people = range(1, rows // 3 + 1)
        connection.executemany(
            "INSERT INTO customer VALUES (?, ?, ?, ?)",
            [(n, f"Ada{n % 97}", f"ada{n}@corp.test", f"19{n % 90 + 10}-0{n % 9 + 1}-11") for n in people],
        )
        bought = range(1, rows - rows // 3 + 1)
        connection.executemany(
            "INSERT INTO purchase VALUES (?, ?, ?)", [(n, n % len(people) + 1, n / 4) for n in bought]
        )
    workspace = open_workspace(folder / "workspace")
    keystore(workspace).names()
    catalog = open_catalog(workspace.catalog)
    for name, file in (("shop-prod", "shop"), ("shop-test", "test"), ("shop-other", "other")):
        catalog.save_connection(name, f"sqlite:///{folder / file}.db")
    catalog.close()
    plan = folder / "shop-qa.toml"
    with open_database(f"sqlite:///{folder / 'shop.db'}") as source:
        make_plan(source, plan, Asked(accept=decided))
    project = Project(str(plan), "shop-prod", "shop-test")
    write_settings(workspace.folder, Settings(first_run=False).opened(project))
    return workspace.folder, project


def keystore(workspace: Workspace) -> KeyStore:
    return open_keystore(workspace.folder, lambda: PASSPHRASE)


def verified(folder: Path, project: Project) -> VerifyReport:
    """The engine's own count of the target."""
    workspace = open_workspace(folder / "workspace")
    file, store = read_plan_file(Path(project.plan)), keystore(workspace)
    key = store.get(file.plan.key)
    with open_database(f"sqlite:///{folder / 'test.db'}") as target:
        return verify(file.plan, target, key, workspace=workspace, agreed=store.domains(key.name))


def rows_of(database: Path, table: str) -> int:
    """How many rows a table has; 0 where it is not there."""
    with sqlite3.connect(database) as connection:
        there = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
        return connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0] if there else 0
