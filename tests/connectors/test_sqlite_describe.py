"""What SQLite's catalog and its CREATE texts say, as a Schema."""

import sqlite3

import pytest

from connectors import open_database
from connectors.database import Phase
from connectors.errors import ConnectError, ReadError, UrlError
from connectors.names import TableName
from connectors.schema import Kind, Match, Schema
from connectors.sqlite_text import parse_table
from connectors.sqlite_types import declared

AWKWARD = """
CREATE TABLE "or der" (
  [id] INTEGER PRIMARY KEY AUTOINCREMENT, -- a comment, with a CHECK (in it)
  "select" VARCHAR(20) COLLATE NOCASE CONSTRAINT "odd "" name" UNIQUE DEFAULT 'CHECK (1)',
  total DECIMAL(10, 2) CHECK (total >= 0),
  parent INTEGER CONSTRAINT up REFERENCES "OR DER" ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
  both TEXT GENERATED ALWAYS AS ("select" || ' (x)') STORED,
  made DATETIME DEFAULT CURRENT_TIMESTAMP,
  free, flag BOOLEAN, code UUID, body JSON, pic BLOB,
  CONSTRAINT pair UNIQUE (total, made) CONSTRAINT span CHECK (total < 1000 OR made IS NULL)
);
CREATE TABLE line (a INT, b TEXT, c TEXT, PRIMARY KEY (a, b), FOREIGN KEY (c, a) REFERENCES target (x, y)) WITHOUT ROWID;
CREATE TABLE target (y ANY NOT NULL, x TEXT, PRIMARY KEY (x, y)) STRICT;
CREATE TABLE word (w TEXT PRIMARY KEY, missing INTEGER REFERENCES nowhere(id));
CREATE UNIQUE INDEX some ON word (missing) WHERE missing > 0;
CREATE UNIQUE INDEX folded ON word (lower(w), missing);
CREATE INDEX plain ON word (missing);
CREATE VIEW v AS SELECT * FROM word;
CREATE TRIGGER tr AFTER INSERT ON word BEGIN SELECT 1; END;
CREATE TABLE lookalike__marker (run TEXT);
CREATE VIRTUAL TABLE ft USING fts5(w, content='word');
"""


@pytest.fixture
def described(new_sqlite) -> Schema:
    with open_database(make(new_sqlite(), AWKWARD)) as database:
        return database.describe()


def make(url: str, script: str) -> str:
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        connection.executescript(script)
    return url


def test_tables_are_those_of_the_user(described):
    """Marker tables, virtual tables and their shadows are not tables of the schema."""
    assert [table.name.name for table in described.tables] == ["or der", "line", "target", "word"]
    assert any("ft" in note for note in described.notes)


def test_columns_say_kind_size_and_what_they_ignore(described):
    columns = {column.name: column for column in described.table(TableName("or der")).columns}
    assert {name: column.kind for name, column in columns.items()} == {
        "id": Kind.INTEGER, "select": Kind.TEXT, "total": Kind.DECIMAL, "parent": Kind.INTEGER, "both": Kind.TEXT,
        "made": Kind.TIMESTAMP, "free": Kind.OTHER, "flag": Kind.BOOLEAN, "code": Kind.UUID, "body": Kind.JSON,
        "pic": Kind.BINARY,
    }  # fmt: skip
    assert (columns["select"].length, columns["select"].folds) == (20, frozenset({Match.CASE}))
    assert (columns["total"].precision, columns["total"].scale) == (10, 2)
    assert columns["both"].generated == "\"select\" || ' (x)'"
    assert (columns["id"].identity, columns["id"].nullable) == ("auto_increment", False)


def test_constraints_keep_their_names_and_texts(described):
    table = described.table(TableName("or der"))
    assert {unique.name: unique.columns for unique in table.uniques if not unique.primary} == {
        'odd " name': ("select",),
        "pair": ("total", "made"),
    }
    assert [(check.name, check.expression, check.columns) for check in table.checks] == [
        ("check 1", "total >= 0", ("total",)),
        ("span", "total < 1000 OR made IS NULL", ("total", "made")),
    ]


def test_a_foreign_key_finds_its_parent_whatever_the_case_and_its_implied_key(described):
    (key,) = described.table(TableName("or der")).foreign_keys
    assert (key.name, key.parent, key.parent_columns) == ("up", TableName("or der"), ("id",))
    assert (key.on_delete, key.deferrable, key.initially_deferred) == ("SET NULL", True, True)
    (pair,) = described.table(TableName("line")).foreign_keys
    assert (pair.columns, pair.parent_columns) == (("c", "a"), ("x", "y"))


def test_a_foreign_key_without_a_parent_is_noted_and_not_followed(described):
    assert described.table(TableName("word")).foreign_keys == ()
    assert any("word_fk1" in note for note in described.notes)


def test_partial_and_expression_indexes_are_told_apart(described):
    uniques = {unique.name: unique for unique in described.table(TableName("word")).uniques}
    assert uniques["some"].where == "missing > 0"
    assert (uniques["folded"].expression, uniques["folded"].columns) == (True, ("w", "missing"))
    assert not uniques["some"].constraint


def test_a_text_key_may_be_null_but_not_without_rowid_nor_in_strict_tables(described):
    assert described.table(TableName("word")).column("w").nullable
    assert not described.table(TableName("line")).column("b").nullable
    assert not described.table(TableName("target")).column("x").nullable


def test_own_ddl_makes_tables_first_and_the_rest_after(new_sqlite):
    with open_database(make(new_sqlite(), AWKWARD)) as database:
        script = database.ddl(database.describe())
    assert script is not None
    assert [s.kind for s in script.phase(Phase.BEFORE)] == ["table"] * 4
    after = [s.kind for s in script.phase(Phase.AFTER)]
    assert after[-1] == "trigger"
    assert sorted(set(after)) == ["index", "trigger", "unique", "view", "virtual table"]
    assert [issue.code for issue in script.issues] == ["virtual-table"]


@pytest.mark.parametrize(
    ("native", "kind"),
    [
        ("BIGINT UNSIGNED", Kind.INTEGER), ("double precision", Kind.FLOAT), ("timestamp with time zone", Kind.TIMESTAMPTZ),
        ("NATIVE CHARACTER(70)", Kind.TEXT), ("STRING", Kind.TEXT), ("enum('a','b')", Kind.TEXT), ("", Kind.OTHER),
        ("DECIMAL TEXT(30,4)", Kind.DECIMAL), ("JSON TEXT", Kind.JSON), ("geometry", Kind.OTHER), ("ANY", Kind.OTHER),
    ],
)  # fmt: skip
def test_a_declared_type_is_read_as_people_mean_it(native, kind):
    assert declared(native).kind is kind


@pytest.mark.parametrize(
    ("native", "digits"),
    [("DECIMAL(5,2)", (5, 2)), ("NUMERIC(7)", (7, 0)), ("DECIMAL(5,-2)", (7, 0)), ("DECIMAL(2,5)", (5, 5)),
     ("DECIMAL(0)", (None, None))],
)  # fmt: skip
def test_digits_are_those_that_the_declared_type_has_room_for(native, digits):
    assert (declared(native).precision, declared(native).scale) == digits


def test_a_check_in_a_text_or_a_comment_is_no_check():
    assert parse_table("CREATE TABLE t (a DEFAULT 'x, CHECK (1)', b /* CHECK (2) */)").checks == []


def test_370_tables_are_described_in_a_few_queries(new_sqlite):
    script = "".join(
        f"CREATE TABLE t{n} (id INTEGER PRIMARY KEY, a REFERENCES t{n // 2}, b UNIQUE);" for n in range(370)
    )
    path = make(new_sqlite(), script)
    statements = []
    connection = sqlite3.connect(path.removeprefix("sqlite:///"))
    connection.set_trace_callback(statements.append)
    from connectors.sqlite_describe import describe

    schema = describe(connection)
    assert (len(schema.tables), sum(len(table.foreign_keys) for table in schema.tables)) == (370, 370)
    assert len([text for text in statements if not text.startswith("-- ")]) < 10


def test_a_missing_source_is_an_error_and_no_new_file(new_sqlite, tmp_path):
    database = open_database(new_sqlite("absent"))
    with pytest.raises(ConnectError, match="there is no SQLite file"):
        database.describe()
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_another_kind_is_refused(new_sqlite, tmp_path):
    (tmp_path / "text.db").write_text("no database, and long enough to be looked at" * 100)
    with pytest.raises((ConnectError, ReadError), match="not a SQLite database"):
        open_database(new_sqlite("text")).describe()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite://host/file"])
def test_only_files_have_an_address(url):
    with pytest.raises(UrlError):
        open_database(url)


def test_identity_sees_through_links(new_sqlite, tmp_path):
    """A symlink, a hard link and a relative spelling are one database."""
    url = make(new_sqlite("one"), "CREATE TABLE t (a)")
    (tmp_path / "soft.db").symlink_to(tmp_path / "one.db")
    (tmp_path / "hard.db").hardlink_to(tmp_path / "one.db")
    others = [f"sqlite:///{tmp_path}/{name}" for name in ("soft.db", "hard.db", "../" + tmp_path.name + "/one.db")]
    assert {open_database(other).identity() for other in others} == {open_database(url).identity()}


def test_a_nonce_lock_is_seen_from_another_address(new_sqlite, tmp_path):
    url = make(new_sqlite("one"), "CREATE TABLE t (a)")
    (tmp_path / "soft.db").symlink_to(tmp_path / "one.db")
    one, other = open_database(url), open_database(f"sqlite:///{tmp_path}/soft.db")
    with one.nonce_lock("n1"):
        assert other.sees_lock("n1")
        assert not other.sees_lock("n2")
    assert not other.sees_lock("n1")


def test_a_read_only_file_gives_no_right_to_write(new_sqlite, tmp_path):
    database = open_database(make(new_sqlite("one"), "CREATE TABLE t (a)"))
    assert database.may_write() == ("the file is writable",)
    (tmp_path / "one.db").chmod(0o444)
    assert database.may_write() == ()
