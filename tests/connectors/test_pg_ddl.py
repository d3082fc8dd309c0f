"""pg_dump's DDL: cut at its headers, only of the tables asked for, disarmed, and moved to other schemas."""

from __future__ import annotations

import subprocess
import uuid
from dataclasses import replace

import psycopg
import pytest
from sqlalchemy.engine import make_url

from connectors.database import Phase, Script, Statement
from connectors.names import TableName
from connectors.pg_ddl import rename_schemas, statements
from connectors.pg_dump import find
from connectors.pg_scan import tokens
from connectors.postgresql import PostgreSQL
from connectors.schema import Schema
from tests.connectors import pg_zoo
from tests.connectors.test_pg_load import marker

EMPTY = Schema("postgresql", "public", ())

ACTING = """
CREATE FUNCTION call_out() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM dblink_exec('host=x', 'DELETE'); RETURN NEW; END $$;
CREATE FUNCTION quiet() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TABLE t (id int PRIMARY KEY, mail text DEFAULT 'ada@example.org');
CREATE TRIGGER loud AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION call_out();
CREATE TRIGGER soft AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION quiet();
CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
CREATE EVENT TRIGGER watcher ON ddl_command_end EXECUTE FUNCTION watch();
CREATE FOREIGN DATA WRAPPER w; CREATE SERVER far FOREIGN DATA WRAPPER w OPTIONS (host 'h');
CREATE USER MAPPING FOR CURRENT_USER SERVER far OPTIONS (password 'Rumpelstilzchen');
"""


@pytest.fixture(scope="module")
def url(new_postgresql):
    return pg_zoo.build(new_postgresql(), pg_zoo.CATALOG, pg_zoo.TYPES, pg_zoo.ROWS)


def scripted(url: str, *without: str) -> tuple[Schema, Script]:
    with PostgreSQL(url) as database:
        schema = database.describe()
        schema = replace(schema, tables=tuple(table for table in schema.tables if table.name.name not in without))
        return schema, database.ddl(schema)


def named(script: Script) -> set[tuple[str, str]]:
    return {(statement.kind, statement.name) for statement in script.statements}


def test_each_object_is_one_statement_with_its_kind_name_table_and_phase(url):
    _, script = scripted(url)
    found = {(statement.kind, statement.name): statement for statement in script.statements}
    key = found["foreign key", 'Odd "Schema".order pair_fk']
    assert (key.phase, key.table) == (Phase.AFTER, TableName("order", 'Odd "Schema"'))
    assert key.sql.startswith("ALTER TABLE ONLY")
    assert found["table", "public.measure_old_1"].table == TableName("measure")
    assert found["index", "public.parent_mail"].table == TableName("parent")
    assert found["materialized view data", "public.totals"].phase is Phase.AFTER
    assert script.tool.startswith("pg_dump ")


def test_a_function_whose_body_looks_like_pg_dump_s_own_header_is_one_statement(url):
    _, script = scripted(url)
    function = next(statement for statement in script.statements if statement.kind == "function")
    assert "-- Name: fake; Type: TABLE" in function.sql
    assert ("table", "public.fake") not in named(script)


def test_psql_s_own_commands_and_session_settings_are_in_no_statement(url):
    _, script = scripted(url)
    for statement in script.statements:
        assert "\\" not in statement.sql.split("$f$")[0]
        assert not statement.sql.startswith(("SET ", "--"))
        assert not statement.sql.rstrip().endswith("heap;")


def test_a_table_that_is_left_out_takes_its_keys_and_views_along_and_each_is_an_issue(url):
    _, script = scripted(url, "parent")
    names = {name for _, name in named(script)}
    assert not any("parent" in name.split(" ")[0] for name in names if name.startswith("public.parent"))
    assert "public.totals" not in names
    lost = {(issue.code, str(issue.table)) for issue in script.issues}
    assert {("view-left-out", "adults"), ("view-left-out", "totals"), ("key-left-out", "measure")} <= lost


def test_an_heir_without_its_parent_is_a_blocking_issue(url):
    _, script = scripted(url, "base")
    assert [(issue.code, issue.blocking) for issue in script.issues if issue.blocking] == [("table-needed", True)]


def test_what_acts_outside_is_armed_and_its_secrets_are_blanked(new_postgresql):
    _, script = scripted(pg_zoo.build(new_postgresql(), ACTING))
    armed = {(statement.kind, statement.name) for statement in script.statements if statement.armed}
    assert armed == {
        ("function", "public.call_out()"), ("trigger", "public.t loud"), ("event trigger", "watcher"), ("server", "far"),
        ("user mapping", "USER MAPPING postgres SERVER far"),
    }  # fmt: skip
    assert "Rumpelstilzchen" not in "".join(statement.sql for statement in script.statements)


def test_no_pg_dump_is_new_enough_for_a_server_of_the_future():
    assert find(10) is not None
    assert find(99) is None


def test_without_pg_dump_the_ddl_is_portable_and_what_it_cannot_carry_is_said(url, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("connectors.pg_dump._FOLDERS", ())
    monkeypatch.setattr("connectors.pg_dump._WHEELS", ())
    with PostgreSQL(url) as database:
        schema = database.describe()
        assert database.ddl(schema) is None
        made, script = database.portable_ddl(schema)
    assert script.tool == "portable"
    assert [table.name for table in made.tables] == [table.name for table in schema.tables]
    assert {issue.code for issue in script.issues} >= {"trigger"}


def test_the_password_is_not_in_the_arguments_of_pg_dump(url, monkeypatch):
    seen = []
    original = subprocess.run

    def run(command, **more):
        seen.append(command)
        return original(command, **more)

    monkeypatch.setattr(subprocess, "run", run)
    with PostgreSQL(
        url.replace("postgres:@", "postgres:Rumpelstilzchen@").replace("postgres@", "postgres:Rumpelstilzchen@")
    ) as database:
        database.ddl(database.describe())
    assert any("--section=pre-data" in command for command in seen)
    assert "Rumpelstilzchen" not in str(seen)


TRICKY = """--
-- PostgreSQL database dump
--

\\restrict abc

SET statement_timeout = 0;

--
-- Name: f(text); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.f(text) RETURNS text LANGUAGE sql AS $_$ SELECT ';public.t' || $1 -- public.t
$_$;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: t; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.t (
    id integer DEFAULT nextval('public.t_seq'::regclass) NOT NULL,
    x text DEFAULT 'public.t'::text, "public" public.citext, f text DEFAULT public.f('a'::text)
);


--
-- PostgreSQL database dump complete
--

\\unrestrict abc
"""


def test_a_section_holds_neither_the_next_header_nor_settings():
    found = statements(TRICKY, Phase.BEFORE, EMPTY)
    assert [(statement.kind, statement.name) for statement in found] == [
        ("function", "public.f(text)"),
        ("table", "public.t"),
    ]
    assert found[0].sql.endswith("$_$;")
    assert found[1].sql.endswith(");")


def test_only_names_that_the_script_makes_move_to_the_other_schema():
    sequence = Statement(Phase.BEFORE, "sequence", "public.t_seq", "CREATE SEQUENCE public.t_seq;")
    script = Script((sequence, *statements(TRICKY, Phase.BEFORE, EMPTY)))
    moved = rename_schemas(script, {"public": 'q"a'})
    assert moved.statements[0].sql == 'CREATE SCHEMA IF NOT EXISTS "q""a";'
    table = moved.statements[-1].sql
    assert 'CREATE TABLE "q""a".t (' in table
    assert 'nextval(\'"q""a".t_seq\'::regclass)' in table
    assert "DEFAULT 'public.t'::text" in table
    assert '"public" public.citext' in table
    assert 'DEFAULT "q""a".f(' in table
    assert "';public.t'" in moved.statements[-2].sql
    assert [issue.code for issue in moved.issues] == ["schema-in-body"]


@pytest.mark.parametrize(
    "mapping", [{"public": "qa"}, {'Odd "Schema"': "qa"}, {"public": 'Odd "Schema"', 'Odd "Schema"': "qa"}]
)
def test_a_whole_database_is_built_in_other_schemas(url, new_postgresql, mapping):
    schema, script = scripted(url)
    with PostgreSQL(new_postgresql()) as database, database.target() as target:
        target.claim(marker())
        moved = database.rename_schemas(script, mapping)
        wanted = [statement for statement in moved.statements if not statement.armed]
        assert target.execute(wanted) == []
        places = {table.name.schema or "public" for table in database.describe().tables}
        assert places == {
            mapping.get(table.name.schema or "public", table.name.schema or "public") for table in schema.tables
        }
        assert len(database.describe().tables) == len(schema.tables)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 'a''b' || E'\\'', \"x\"\"y\", $$;$$, $a$ $$ $a$ -- end\n/* ; */ 1.5e3 + x$1",
        "'",
        '"',
        "$$",
        "$1",
        "é_1.x",
    ],
)
def test_tokens_put_together_are_the_text(sql):
    assert "".join(token.text for token in tokens(sql)) == sql


def test_a_login_that_may_read_tables_and_no_sequence_gets_the_ddl(new_postgresql):
    url = pg_zoo.build(new_postgresql(), "CREATE TABLE numbered (id serial PRIMARY KEY)")
    login = f"reader_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {login} LOGIN PASSWORD 'x'")
        connection.execute(f"GRANT SELECT ON numbered TO {login}")
    only_reads = make_url(url).set(username=login, password="x").render_as_string(hide_password=False)
    _, script = scripted(only_reads)
    assert ("table", "public.numbered") in named(script)
