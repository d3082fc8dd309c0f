"""A small source of every awkward shape, made alike in each dialect: the walks clone it from end to end."""

from __future__ import annotations

import sqlite3

import psycopg
import pymysql
from sqlalchemy.engine import make_url

PEOPLE = 300

_TYPES = {
    "sqlite": {
        "id": "integer",
        "text": "varchar(60)",
        "long": "text",
        "money": "decimal(10,2)",
        "blob": "blob",
        "when": "timestamp",
    },
    "postgresql": {
        "id": "integer",
        "text": "varchar(60)",
        "long": "text",
        "money": "decimal(10,2)",
        "blob": "bytea",
        "when": "timestamp",
    },
    "mariadb": {
        "id": "int",
        "text": "varchar(60)",
        "long": "longtext",
        "money": "decimal(10,2)",
        "blob": "longblob",
        "when": "datetime",
    },
}

_TABLES = """
create table "Region" (code char(2) primary key, title {text} not null unique)
create table "person of note" (
  "Person Id" {id} primary key, "E-Mail" {text} unique, "First Name" {text}, "Last Name" {text}, phone {text},
  born date, "order" {id}, salary {money} check (salary >= 0), region char(2) references "Region"(code),
  boss {id} references "person of note"("Person Id"), photo {blob}, remark {long}, seen {when})
create table team (team_id {id} primary key, label {text} not null, lead_id {id} not null)
create table member (member_id {id} primary key, team_id {id} not null references team(team_id),
  person {id} not null references "person of note"("Person Id"))
create table visit (person {id} not null references "person of note"("Person Id"), day date not null, ward {text},
  cost {money}, primary key (person, day))
create table visit_item (person {id} not null, day date not null, line {id} not null, what {text},
  primary key (person, day, line), foreign key (person, day) references visit(person, day))
create table "Größe" (naïve {text}, "select" {id})
create table hollow (empty_id {id} primary key)
"""


def statements(dialect: str) -> list[str]:
    """The DDL; the NOT NULL cycle team <-> member is closed afterwards where the dialect can."""
    types = _TYPES[dialect]
    text = _TABLES
    for name, native in types.items():
        text = text.replace("{" + name + "}", native)
    made = ["create table " + part.strip() for part in text.split("create table ") if part.strip()]
    if dialect == "sqlite":
        made = [
            part.replace("lead_id integer not null", "lead_id integer not null references member(member_id)")
            for part in made
        ]
    else:
        made.append("alter table team add constraint team_lead foreign key (lead_id) references member(member_id)")
    if dialect == "mariadb":
        # MariaDB parses inline REFERENCES of a column; quotes become its own.
        made = [part.replace('"', "`") for part in made]
    return made


def rows() -> dict[str, list[tuple[object, ...]]]:
    """Rows by table, the same on every call."""
    people = []
    for n in range(1, PEOPLE + 1):
        people.append((
            n, f"person.{n}@clinic.test" if n % 9 else None, f"First{n % 40}", f"Last{n % 70}", f"+1 202 555 {n:04d}",
            f"19{50 + n % 50}-0{1 + n % 9}-1{n % 10}", n % 7, n * 10.25, ("DE", "FR", None)[n % 3],
            max(1, n // 2) if n > 1 else None, bytes([n % 256]) * 5, f"Spoke to First{n % 40} Last{n % 70} about the bill.",
            f"2024-01-1{n % 10} 10:00:0{n % 10}",
        ))  # fmt: skip
    visits = [
        (n, f"2023-0{1 + k}-05", "Ward A" if k else 'Ward "B"', n + k) for n in range(1, PEOPLE, 3) for k in range(3)
    ]
    return {
        "Region": [("DE", "Germany"), ("FR", "France")],
        "person of note": people,
        "team": [(t, f"team {t}", t) for t in range(1, 11)],
        "member": [(m, (m - 1) % 10 + 1, m) for m in range(1, 41)],
        "visit": visits,
        "visit_item": [(p, day, line, f"item {line}") for p, day, *_ in visits for line in (1, 2)],
        "Größe": [("a'b", 1), ("tab\tand\nnewline \\ back", 2), (None, None), ("a'b", 1)],
        "hollow": [],
    }


def build_empty(url: str) -> str:
    """The same tables with every constraint and no row."""
    return build(url, filled=False)


def build(url: str, filled: bool = True) -> str:
    """Make the source at this URL; gives the URL back."""
    parts = make_url(url)
    dialect = parts.get_backend_name()
    if dialect == "sqlite":
        connection = sqlite3.connect(str(parts.database))
        cursor, mark, quote = connection.cursor(), "?", '"'
        cursor.execute("pragma foreign_keys = off")
    elif dialect == "postgresql":
        connection = psycopg.connect(url)  # type: ignore[assignment]
        cursor, mark, quote = connection.cursor(), "%s", '"'
    else:
        connection = pymysql.connect(
            host=parts.host, port=parts.port or 3306, user=parts.username, password=str(parts.password),
            database=parts.database, charset="utf8mb4",
        )  # fmt: skip
        cursor, mark, quote = connection.cursor(), "%s", "`"
        cursor.execute("set foreign_key_checks = 0")
    ddl = statements(dialect)
    closing = [part for part in ddl if part.startswith("alter")]
    for statement in ddl:
        if statement not in closing:
            cursor.execute(statement)
    for table, values in rows().items():
        if values and filled:
            marks = ", ".join([mark] * len(values[0]))
            cursor.executemany(f"insert into {quote}{table}{quote} values ({marks})", values)
    for statement in closing:
        cursor.execute(statement)
    connection.commit()
    connection.close()
    return url
