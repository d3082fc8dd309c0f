"""A shop with people, a plan of it, and a panel of the Plan page on a window of its own."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.desktop.conftest import PASSPHRASE, answer, until

SECRET = "Zebedee Quintessential"
"""A name that stands nowhere but in the source."""
SHOP = f"""
CREATE TABLE Country (Code TEXT PRIMARY KEY, Name TEXT NOT NULL);
CREATE TABLE Customer (CustomerId INTEGER PRIMARY KEY, Name TEXT NOT NULL, Email TEXT, Code TEXT REFERENCES Country, Note TEXT,
  Photo BLOB, Extra JSON, Seen DATE);
CREATE TABLE Invoice (InvoiceId INTEGER PRIMARY KEY, CustomerId INTEGER NOT NULL REFERENCES Customer, Total NUMERIC(10, 2) NOT NULL);
CREATE TABLE Line (InvoiceId INTEGER REFERENCES Invoice, Number INTEGER, Label TEXT, PRIMARY KEY (InvoiceId, Number));
CREATE TABLE Log (Entry TEXT);
CREATE TABLE Nobody (Id INTEGER PRIMARY KEY, Word TEXT);
INSERT INTO Country VALUES ('CA', 'Canada'), ('DE', 'Germany');
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40)
INSERT INTO Customer SELECT i, 'Person ' || i, 'p' || i || '@corp.example', CASE WHEN i % 4 = 0 THEN 'CA' ELSE 'DE' END, 'note', NULL,
  '{{"a": ' || i || '}}', '2020-01-01' FROM n;
UPDATE Customer SET Name = '{SECRET}', Email = NULL, Note = '', Photo = x'89504e47', Seen = 'infinity' WHERE CustomerId = 1;
UPDATE Customer SET Note = 'NULL', Name = '<b>Bold</b>' WHERE CustomerId = 2;
INSERT INTO Invoice SELECT 100 + CustomerId, CustomerId, CustomerId * 1.5 FROM Customer;
INSERT INTO Line SELECT InvoiceId, 1, 'thing ' || InvoiceId FROM Invoice;
INSERT INTO Log VALUES ('started');
"""
PLAN = """\
version = 1
name = "shop"
key = "default"

[tables.Country]
treatment = "copy"
reason = "a list of countries"

[tables.Customer]
treatment = "mask"
[tables.Customer.columns]
CustomerId = { mask = "pseudonym" }
Name = { mask = "full_name" }
Email = { mask = "email" }
Code = { keep = "a country" }
Note = { keep = "nothing personal" }
Photo = { keep = "tried" }
Extra = { keep = "tried" }
Seen = { keep = "tried" }

[tables.Invoice]
treatment = "mask"
[tables.Invoice.columns]
InvoiceId = { mask = "pseudonym" }
CustomerId = { mask = "pseudonym" }
Total = { keep = "an amount" }

[tables.Line]
treatment = "mask"
[tables.Line.columns]
InvoiceId = { mask = "pseudonym" }
Number = { keep = "a number" }
Label = { undecided = "what is it?" }

[tables.Log]
treatment = "empty"

[tables.Nobody]
treatment = "mask"
[tables.Nobody.columns]
Id = { mask = "pseudonym" }
Word = { mask = "redact" }
"""


def sqlite_shop(path: Path, script: str = SHOP) -> str:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(script)
        connection.execute("ANALYZE")
    return f"sqlite:///{path}"


def opened(folder: Path, url: str, text: str = PLAN) -> Any:
    """A desk whose plan is this text, on this database; the vault is open."""
    from desktop.desk import Desk
    from desktop.settings import Project
    from desktop.theme.look import look

    plan = folder / "shop.toml"
    plan.write_text(text, "utf-8")
    desk = Desk(folder / "workspace")
    look().put_on(desk.settings.scheme, desk.settings.points)
    answer(desk.calls, "vault.unlock", passphrase=PASSPHRASE)
    desk.open_project(Project(str(plan), url))
    until(lambda: desk.plan.state is not None)
    return desk


def restored(desk: Any) -> None:
    """The plan as it was, for the next test."""
    desk.plan.revert()
    until(lambda: desk.plan.state.saved)


def shown(panel: Any) -> Any:
    """On the screen, as large as the Plan page makes it."""
    panel.resize(1130, 640)
    panel.show()
    panel.entered()
    return panel


def text_of(desk: Any) -> str:
    return str(answer(desk.calls, "plan.text")[1])
