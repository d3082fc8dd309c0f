"""What MariaDB says of itself, as a Schema."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from connectors import open_database
from connectors.database import Derived, Form, Read, ReadColumn
from connectors.errors import ConnectError, ReadError
from connectors.names import TableName
from connectors.schema import Match, Schema
from tests.connectors.mariadb_copy import run

SHOP = [
    "CREATE TABLE region (code char(2) CHARACTER SET latin1 COLLATE latin1_general_cs PRIMARY KEY, `Größe` int,"
    " label varchar(40) COLLATE utf8mb4_nopad_bin) COMMENT 'where'",
    "CREATE TABLE customer (id int unsigned AUTO_INCREMENT PRIMARY KEY, region char(2) CHARACTER SET latin1"
    " COLLATE latin1_general_cs, mentor int unsigned, email varchar(90) NOT NULL COMMENT 'never shared',"
    " name varchar(50) COLLATE utf8mb4_unicode_ci DEFAULT 'it''s', since datetime DEFAULT current_timestamp(),"
    " age int CHECK (age > 0 AND name <> '`email`'), doubled int GENERATED ALWAYS AS (age * 2) VIRTUAL,"
    " UNIQUE email (email), UNIQUE by_start (name(3)), KEY by_name (name, age),"
    " CONSTRAINT adult CHECK (age >= 18 OR mentor IS NOT NULL),"
    " CONSTRAINT lives FOREIGN KEY (region) REFERENCES region (code) ON DELETE SET NULL ON UPDATE CASCADE,"
    " CONSTRAINT taught FOREIGN KEY (mentor) REFERENCES customer (id))",
    "CREATE TABLE `order` (a int, b int, customer varchar(90), PRIMARY KEY (b, a),"
    " CONSTRAINT buyer FOREIGN KEY (customer) REFERENCES customer (email))",
    "CREATE TABLE line (id bigint PRIMARY KEY, oa int, ob int, CONSTRAINT whole FOREIGN KEY (ob, oa)"
    " REFERENCES `order` (b, a) ON DELETE CASCADE)",
    "CREATE TABLE old_style (id int PRIMARY KEY) ENGINE=MyISAM",
    "CREATE SEQUENCE numbers START WITH 100",
    "CREATE TABLE numbered (n bigint DEFAULT nextval(numbers), d date) PARTITION BY RANGE (year(d))"
    " (PARTITION early VALUES LESS THAN (2020), PARTITION late VALUES LESS THAN MAXVALUE)",
    "CREATE VIEW grown_up AS SELECT id FROM customer WHERE age > 18",
    "CREATE TRIGGER stamp BEFORE INSERT ON line FOR EACH ROW SET new.oa = coalesce(new.oa, 0)",
    "CREATE FUNCTION one() RETURNS int RETURN 1",
    "CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DO DELETE FROM line",
]


@pytest.fixture(scope="module")
def shop(new_mariadb: Callable[..., str]) -> str:
    url: str = new_mariadb()
    run(url, *SHOP)
    return url


@pytest.fixture(scope="module")
def schema(shop: str) -> Schema:
    with open_database(shop) as database:
        return database.describe()


def test_tables(schema: Schema) -> None:
    """Tables are named without their database, sorted; views, sequences and triggers are told apart."""
    assert [str(table.name) for table in schema.tables] == [
        "customer", "line", "numbered", "old_style", "order", "region",
    ]  # fmt: skip
    assert [str(view.name) for view in schema.views] == ["grown_up"]
    assert [(trigger.name, str(trigger.table)) for trigger in schema.triggers] == [("stamp", "line")]
    assert schema.notes == ()


def test_columns(schema: Schema) -> None:
    """Native type, default, comment, identity and generated expression are as the server prints them."""
    customer = schema.table(TableName("customer"))
    key = customer.column("id")
    assert (key.native, key.unsigned, key.precision, key.identity) == ("int(10) unsigned", True, 32, "auto_increment")
    assert customer.column("name").default == "'it''s'"
    assert customer.column("since").default == "current_timestamp()"
    assert customer.column("mentor").default is None
    assert customer.column("email").comment == "never shared"
    assert customer.column("doubled").generated == "`age` * 2"
    assert "doubled" not in [column.name for column in customer.stored]


def test_collations(schema: Schema) -> None:
    """A column says what its collation ignores."""
    customer, region = schema.table(TableName("customer")), schema.table(TableName("region"))
    assert customer.column("name").folds == {Match.CASE, Match.ACCENT, Match.PAD}
    assert region.column("code").folds == {Match.PAD}
    assert region.column("label").folds == frozenset()


def test_keys(schema: Schema) -> None:
    """Composite keys keep their order; an index on a prefix is no key of its column."""
    assert schema.table(TableName("order")).primary_key == ("b", "a")
    uniques = {unique.name: unique for unique in schema.table(TableName("customer")).uniques}
    assert (uniques["email"].columns, uniques["email"].expression) == (("email",), False)
    assert uniques["by_start"].expression


def test_foreign_keys(schema: Schema) -> None:
    """Self, composite and to a unique key that is not primary, with their actions."""
    keys = {key.name: key for table in schema.tables for key in table.foreign_keys}
    assert (keys["lives"].on_delete, keys["lives"].on_update) == ("SET NULL", "CASCADE")
    assert keys["taught"].parent == TableName("customer")
    assert keys["buyer"].parent_columns == ("email",)
    assert (keys["whole"].columns, keys["whole"].parent_columns) == (("ob", "oa"), ("b", "a"))


def test_checks_name_the_columns_they_read(schema: Schema) -> None:
    """A name within a string is no column."""
    checks = {check.name: check for check in schema.table(TableName("customer")).checks}
    assert checks["adult"].columns == ("mentor", "age")
    assert checks["age"].columns == ("name", "age")


def test_options(schema: Schema) -> None:
    """An engine without transactions says so; partitions are one table; a sequence knows its column."""
    assert ("TRANSACTIONS", "NO") in schema.table(TableName("old_style")).options
    assert ("TRANSACTIONS", "NO") not in schema.table(TableName("line")).options
    numbered = schema.table(TableName("numbered"))
    assert (numbered.partition_key, numbered.partition_bounds) == (
        "RANGE (year(`d`))",
        ("(year(`d`)) < (2020)", "DEFAULT"),
    )
    assert schema.sequences[0].owner == (TableName("numbered"), "n")


def test_many_tables_are_described_fast(new_mariadb: Callable[..., str]) -> None:
    """A hundred tables with two hundred foreign keys take the same few queries: under two seconds."""
    url = new_mariadb()
    keys = "FOREIGN KEY (a) REFERENCES t{0} (id), FOREIGN KEY (b) REFERENCES t{0} (id)"
    run(
        url,
        "SET foreign_key_checks = 0",
        *(
            f"CREATE TABLE t{number} (id int PRIMARY KEY, a int, b int, {keys.format((number * 7) % 100)})"
            for number in range(100)
        ),
    )
    started = time.monotonic()
    with open_database(url) as database:
        described = database.describe()
    assert time.monotonic() - started < 2
    assert sum(len(table.foreign_keys) for table in described.tables) == 200


def test_rights(shop: str, schema: Schema) -> None:
    """A login that may read one table only sees the other ones named as unreadable, and has no right to write."""
    name = schema.default_schema
    run(
        shop,
        "CREATE OR REPLACE USER reader@'%' IDENTIFIED BY 'pw'",
        f"GRANT SELECT ON `{name}`.region TO reader@'%'",
        f"GRANT SELECT (id) ON `{name}`.customer TO reader@'%'",
        f"GRANT INSERT ON `{name}`.line TO reader@'%'",
    )
    with open_database(shop.replace("test:secret@", "reader:pw@")) as database:
        described = database.describe()
        assert database.may_write() == (f"INSERT on {name}.line",)
        refused = {str(table) for table, _ in described.unreadable}
        assert {"line"} <= refused
        assert "region" not in refused
        with database.snapshot() as snapshot, pytest.raises(ReadError) as caught:
            snapshot.count(TableName("line"))
    assert caught.value.code == "1142"
    with open_database(shop) as database:
        assert database.may_write() == ("ALL PRIVILEGES on *.*",)


def test_identity(shop: str, new_mariadb: Callable[..., str]) -> None:
    """Two spellings of one address are one database; another database of the server is another."""
    with (
        open_database(shop) as one,
        open_database(shop.replace("127.0.0.1", "localhost").replace("mariadb:", "mysql+pymysql:")) as same,
        open_database(new_mariadb()) as other,
    ):
        assert one.dialect == same.dialect == "mariadb"
        assert one.identity() == same.identity()
        assert one.identity().server == other.identity().server
        assert one.identity() != other.identity()
        with one.nonce_lock("n"):
            assert same.sees_lock("n")
            assert not other.sees_lock("n")
        assert not same.sees_lock("n")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("secret", "wrong"), "wrong user or password for test at 127.0.0.1"),
        (("/t", "/nowhere"), "has no database nowhere"),
        (("127.0.0.1:", "127.0.0.1:1"), "no server answers at 127.0.0.1"),
    ],
)
def test_wrong_address(shop: str, change: tuple[str, str], words: str) -> None:
    """The sentence says what is wrong and never the password."""
    head, _, tail = shop.rpartition("/")
    url = f"{head}/nowhere" if change[0] == "/t" else f"{head}/{tail}".replace(*change)
    if change[0].endswith(":"):
        url = head.rpartition(":")[0] + f":1/{tail}"
    with pytest.raises(ConnectError) as caught:
        open_database(url)
    assert words in str(caught.value)
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_source_session_cannot_write(shop: str) -> None:
    """The session that describes is read-only, whoever logs in."""
    with open_database(shop) as database, pytest.raises(Exception, match="READ ONLY"):
        database._wire.run("DELETE FROM region")  # type: ignore[attr-defined]


def test_snapshot_is_one_moment(new_mariadb: Callable[..., str]) -> None:
    """Rows that others commit after the snapshot began are not in it."""
    url = new_mariadb()
    run(url, "CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1), (2)")
    with open_database(url) as database, database.snapshot() as snapshot:
        run(url, "INSERT INTO t VALUES (3)", "DELETE FROM t WHERE id = 1")
        batches = snapshot.read(Read(TableName("t"), (ReadColumn("id", Form.ARROW),)))
        assert [row for batch in batches for row in batch.column(0).to_pylist()] == [1, 2]
        assert snapshot.count(TableName("t")) == 2


def test_batches_are_bounded(new_mariadb: Callable[..., str]) -> None:
    """A batch ends at its rows or at its bytes, whichever comes first, and nothing is lost between."""
    url = new_mariadb()
    run(
        url,
        "CREATE TABLE t (id int PRIMARY KEY, x text)",
        "INSERT INTO t SELECT seq, repeat('x', 100) FROM seq_1_to_1000",
    )
    columns = (ReadColumn("id", Form.ARROW), ReadColumn("x", Form.WIRE))
    with open_database(url) as database, database.snapshot() as snapshot:
        by_rows = list(snapshot.read(Read(TableName("t"), columns, batch_rows=300)))
        by_bytes = list(snapshot.read(Read(TableName("t"), columns, batch_bytes=10_000)))
        limited = list(snapshot.read(Read(TableName("t"), columns, limit=7)))
    assert [batch.num_rows for batch in by_rows] == [300, 300, 300, 100]
    assert max(batch.nbytes for batch in by_bytes) < 12_000
    assert sum(batch.num_rows for batch in by_bytes) == 1000
    assert [batch.num_rows for batch in limited] == [7]


def test_interrupted_read_leaves_the_snapshot_usable(new_mariadb: Callable[..., str]) -> None:
    """While a read is open another question is refused in words; once it is closed the snapshot answers again."""
    url = new_mariadb()
    run(url, "CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t SELECT seq FROM seq_1_to_5000")
    with open_database(url) as database, database.snapshot() as snapshot:
        batches = snapshot.read(Read(TableName("t"), (ReadColumn("id", Form.ARROW),), batch_rows=10))
        next(batches)
        with pytest.raises(ReadError, match="not finished"):
            snapshot.count(TableName("t"))
        batches.close()  # type: ignore[attr-defined]
        assert snapshot.count(TableName("t")) == 5000


def test_derived_columns(shop: str) -> None:
    """An ancestor's column comes along two keys; a NULL or dangling key gives NULL and loses no row."""
    run(
        shop,
        "SET foreign_key_checks = 0",
        "INSERT INTO region VALUES ('AA', 1, 'x')",
        "INSERT INTO customer (id, region, mentor, email, name, age) VALUES (1, 'AA', NULL, 'a@x', 'abc', 30),"
        " (2, NULL, 1, 'b@x', 'bcd', 30), (3, 'ZZ', 9, 'c@x', 'cde', 30)",
    )
    with open_database(shop) as database, database.snapshot() as snapshot:
        table = database.describe().table(TableName("customer"))
        keys = {key.name: key for key in table.foreign_keys}
        request = Read(
            table.name,
            (ReadColumn("id", Form.ARROW),),
            derived=(
                Derived("size", (keys["lives"],), "Größe"),
                Derived("mentor_email", (keys["taught"],), "email"),
                Derived("mentor_size", (keys["taught"], keys["lives"]), "Größe"),
            ),
            chunk=snapshot.chunks(table.name, 2)[0],
        )
        rows = [row for batch in snapshot.read(request) for row in batch.to_pylist()]
        assert rows == [
            {"id": 1, "size": 1, "mentor_email": None, "mentor_size": None},
            {"id": 2, "size": None, "mentor_email": "a@x", "mentor_size": 1},
        ]
        assert snapshot.orphans(table.name, keys["lives"]) == 1
        assert snapshot.orphans(table.name, keys["taught"]) == 1
