"""SHOW CREATE as the DDL of a fresh target: everything is there again, and nothing of it reaches back or out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connectors import open_database
from connectors.database import Form, Phase, Script
from connectors.my_ddl import modes_of, with_modes, without_definer
from connectors.names import TableName
from connectors.schema import Schema
from tests.connectors.mariadb_copy import comparable, copy, run

PROGRAMS = [
    "SET sql_mode = ''",
    "CREATE TABLE parent (id int AUTO_INCREMENT PRIMARY KEY, x varchar(40) DEFAULT 'AUTO_INCREMENT=7')"
    " AUTO_INCREMENT=700 COMMENT 'DATA DIRECTORY=''/x'''",
    "CREATE TABLE child (id int PRIMARY KEY, p int, CONSTRAINT `the key` FOREIGN KEY (p) REFERENCES parent (id))",
    "CREATE TABLE log (at datetime, what text)",
    "CREATE FUNCTION twice(n int) RETURNS int DETERMINISTIC RETURN n * 2",
    "CREATE PROCEDURE forget() DELETE FROM {db}.log WHERE what <> '{db}.log'",
    "CREATE VIEW a_last AS SELECT * FROM z_first",
    "CREATE VIEW z_first AS SELECT id, twice(id) AS t, '{db}.parent' AS told FROM {db}.parent",
    "CREATE VIEW far AS SELECT p.id FROM {db}.parent p JOIN information_schema.engines ON false",
    "CREATE TRIGGER watch AFTER INSERT ON parent FOR EACH ROW INSERT INTO {db}.log VALUES (now(), 'in')",
    "CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DO DELETE FROM {db}.log",
    "CREATE EVENT asleep ON SCHEDULE EVERY 1 DAY DISABLE DO SELECT 1",
    "SET sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT'",
    """CREATE FUNCTION joined(a text, b text) RETURNS text DETERMINISTIC RETURN a || "b" """,
]
ORDERED = [PROGRAMS[index] for index in (0, 1, 2, 3, 4, 5, 7, 6, 8, 9, 10, 11, 12, 13)]


@pytest.fixture(scope="module")
def source(new_mariadb: Callable[..., str]) -> str:
    url: str = new_mariadb()
    name = url.rpartition("/")[2]
    run(url, *(statement.replace("{db}", name) for statement in ORDERED))
    run(url, "INSERT INTO parent (x) VALUES ('a'), ('b')", "INSERT INTO child VALUES (1, 700)")
    return url


def script_of(url: str, only: tuple[str, ...] = ()) -> tuple[Schema, Script]:
    with open_database(url) as database:
        schema = database.describe()
        if only:
            kept = tuple(table for table in schema.tables if table.name.name in only)
            schema = Schema(schema.dialect, schema.default_schema, kept, schema.views, schema.triggers)
        script = database.ddl(schema)
    assert script is not None
    return schema, script


def test_everything_is_made_again(source: str, new_mariadb: Callable[..., str]) -> None:
    """Tables, keys, views on views, routines, triggers and events, and none of them names the source's database."""
    target = new_mariadb()
    assert [issue.code for issue in copy(source, target, Form.WIRE)] == ["event-disabled"]
    with open_database(source) as one, open_database(target) as other:
        assert comparable(one.describe())[0] == comparable(other.describe())[0]
        assert comparable(one.describe())[4] == comparable(other.describe())[4]
    name = source.rpartition("/")[2]
    run(target, "INSERT INTO parent (x) VALUES ('c')")
    assert run(source, "SELECT count(*) FROM log") == [("2",)]
    assert run(target, "SELECT count(*) FROM log") == [("3",)]
    run(target, "CALL forget()")
    assert run(source, "SELECT count(*) FROM log") == [("2",)]
    assert run(target, "SELECT count(*) FROM log") == [("0",)]
    assert run(target, "SELECT id, t, told FROM a_last ORDER BY id")[0] == ("700", "1400", f"{name}.parent")
    assert run(target, "SELECT joined('x', 'y')") == [("xy",)]
    assert run(target, "SELECT * FROM far") == []


def test_no_text_names_the_source(source: str) -> None:
    """Outside of literals."""
    name = source.rpartition("/")[2]
    _, script = script_of(source)
    for statement in script.statements:
        assert f"{name}`." not in statement.sql
        assert name not in statement.sql.replace(f"'{name}.", "'")


def test_foreign_keys_come_after(source: str) -> None:
    """A table is made without them, so that any cycle can be made; the counter is not copied, its look-alikes are."""
    _, script = script_of(source)
    tables = {statement.name: statement.sql for statement in script.phase(Phase.BEFORE)}
    assert "FOREIGN KEY" not in tables["child"]
    assert "AUTO_INCREMENT=700" not in tables["parent"]
    assert "DEFAULT 'AUTO_INCREMENT=7'" in tables["parent"]
    assert "COMMENT='DATA DIRECTORY=''/x'''" in tables["parent"]
    (key,) = [statement for statement in script.phase(Phase.AFTER) if statement.kind == "foreign key"]
    assert key.sql.startswith("ALTER TABLE `child` ADD CONSTRAINT `the key` FOREIGN KEY (`p`)")
    assert script.tool == "SHOW CREATE"


def test_events_are_disarmed(source: str) -> None:
    """An enabled event is made disabled, and that is said; one that slept before needs no word."""
    _, script = script_of(source)
    events = {statement.name: statement for statement in script.statements if statement.kind == "event"}
    assert " DISABLE DO " in events["nightly"].sql
    assert not events["nightly"].armed
    assert [issue.message.split()[2] for issue in script.issues if issue.code == "event-disabled"] == ["nightly"]


def test_left_out_tables_are_left_out(source: str) -> None:
    """Also the keys that refer to them, with an issue, and their triggers."""
    _, script = script_of(source, only=("child",))
    assert [statement.name for statement in script.phase(Phase.BEFORE)] == ["child"]
    assert not [statement for statement in script.statements if statement.kind in ("foreign key", "trigger")]
    (issue,) = [issue for issue in script.issues if issue.code != "event-disabled"]
    assert (issue.code, issue.table) == ("foreign-key-dropped", TableName("child"))


def test_tables_without_transactions_become_innodb(new_mariadb: Callable[..., str]) -> None:
    """With all of their keys, a counter within a prefix included, and an issue; a comment that speaks of engines stays."""
    source, target = new_mariadb(), new_mariadb()
    run(
        source,
        "CREATE TABLE counted (shop int, n int AUTO_INCREMENT, note text, PRIMARY KEY (shop, n), FULLTEXT (note))"
        " ENGINE=MyISAM ROW_FORMAT=FIXED CHECKSUM=1 COMMENT='was ENGINE=ISAM'",
        "CREATE TABLE cut (id int PRIMARY KEY) ENGINE=Aria TRANSACTIONAL=1 PARTITION BY HASH (id) PARTITIONS 2",
        "CREATE TABLE held (id int PRIMARY KEY, KEY (id) USING HASH) ENGINE=MEMORY",
    )
    _, script = script_of(source)
    assert [(issue.code, str(issue.table)) for issue in script.issues] == [
        ("engine-changed", name) for name in ("counted", "cut", "held")
    ]
    run(target, *(statement.sql for statement in script.phase(Phase.BEFORE)))
    run(target, "INSERT INTO counted (shop, note) VALUES (1, 'a'), (2, 'b')")
    made = run(
        target,
        "SELECT engine, table_comment FROM information_schema.tables WHERE table_schema = database() ORDER BY 1, 2",
    )
    assert made == [("InnoDB", ""), ("InnoDB", ""), ("InnoDB", "was ENGINE=ISAM")]


def test_programs_keep_their_modes(source: str) -> None:
    """And lose their definer: the target need not have that login."""
    _, script = script_of(source)
    (joined,) = [statement for statement in script.statements if statement.name == "joined"]
    assert modes_of(joined.sql) == "PIPES_AS_CONCAT,ANSI_QUOTES"
    assert not [statement.name for statement in script.statements if "DEFINER=`" in statement.sql]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("CREATE DEFINER=`a`@`b` TRIGGER t", "CREATE TRIGGER t"),
        ("CREATE ALGORITHM=MERGE DEFINER=`a``x`@`%` SQL SECURITY DEFINER VIEW v",
         "CREATE ALGORITHM=MERGE SQL SECURITY DEFINER VIEW v"),
        ("CREATE DEFINER=`role` FUNCTION f", "CREATE FUNCTION f"),
        ("CREATE VIEW v AS SELECT 'DEFINER=`a`@`b` '", "CREATE VIEW v AS SELECT 'DEFINER=`a`@`b` '"),
    ],
)  # fmt: skip
def test_definer_is_cut_from_the_head_only(sql: str, expected: str) -> None:
    assert without_definer(sql) == expected


def test_modes_travel_with_the_text() -> None:
    """A statement without them has none."""
    assert modes_of(with_modes("CREATE VIEW v AS SELECT 1", "ANSI_QUOTES,STRICT_ALL_TABLES")) == (
        "ANSI_QUOTES,STRICT_ALL_TABLES"
    )
    assert modes_of("CREATE VIEW v AS SELECT 1") is None


def test_target_is_dropped_whole_and_made_again(source: str, new_mariadb: Callable[..., str]) -> None:
    """Replacing: what we made goes, foreign keys or not, and the second copy is as good as the first."""
    target = new_mariadb()
    copy(source, target, Form.WIRE)
    with open_database(target) as database, database.target() as opened:
        opened.drop(database.describe())
        opened.release()
        assert database.describe().tables == ()
        assert database.describe().views == ()
    assert [issue.code for issue in copy(source, target, Form.WIRE)] == ["event-disabled"]
    assert run(target, "SELECT count(*) FROM parent") == [("2",)]
