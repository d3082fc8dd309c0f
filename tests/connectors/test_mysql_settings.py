"""A server's own settings, and texts and labels that a strict session would not take, change nothing in a copy."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from connectors import open_database
from connectors.database import Form
from tests.connectors.mariadb_copy import checksums, comparable, copy, run

TRAPS = {
    "autocommit": ("0", "1"),
    "sql_select_limit": ("2", "18446744073709551615"),
    "sql_safe_updates": ("1", "0"),
    "sql_quote_show_create": ("0", "1"),
    "sql_mode": (
        "'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH,TRADITIONAL,ONLY_FULL_GROUP_BY'",
        "'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION'",
    ),
    "time_zone": ("'+05:30'", "'SYSTEM'"),
    "max_join_size": ("10", "18446744073709551615"),
    "default_storage_engine": ("'MyISAM'", "'InnoDB'"),
}
HARD = [
    "SET sql_mode = 'ALLOW_INVALID_DATES,NO_AUTO_VALUE_ON_ZERO'",
    """CREATE TABLE hard (id int AUTO_INCREMENT PRIMARY KEY, e enum('x', '') , f enum('a', 'b') NOT NULL, s set('', 'p'),
        sj varchar(20) CHARACTER SET cp932, uj varchar(20) CHARACTER SET eucjpms, `order` text, d date, c char(5),
        t timestamp NULL DEFAULT '2020-01-01 00:00:00')""",
    """INSERT INTO hard VALUES (0, 'none', 'none', '', unhex('879087E681E0'), unhex('A1C1A1C2'),
        'back\\\\slash "q" ''s''', '0000-00-00', ' a', NULL),
        (1, '', 'a', ',p', '', NULL, '\\\\N', '2020-02-31', '', '2021-03-28 02:30:00'),
        (2, 'x', 'b', 'p', '1', '2', NULL, NULL, NULL, NULL)""",
    "CREATE TABLE wide (" + ", ".join(f"c{n} int" for n in range(1000)) + ")",
    "INSERT INTO wide (c0, c999) VALUES (1, NULL), (NULL, 2), (3, 3)",
    "CREATE TABLE `two\nlines` (`a\nb` int PRIMARY KEY, CONSTRAINT `c\nd` FOREIGN KEY (`a\nb`) REFERENCES hard (id))",
    "CREATE VIEW shown AS SELECT id, `order` FROM hard",
]  # fmt: skip


@pytest.fixture
def hard(new_mariadb: Callable[..., str]) -> str:
    url: str = new_mariadb()
    run(url, *HARD)
    return url


@pytest.fixture
def traps(hard: str) -> Iterator[None]:
    try:
        run(hard, *(f"SET GLOBAL {name} = {value}" for name, (value, _) in TRAPS.items()))
        yield
    finally:
        run(hard, *(f"SET GLOBAL {name} = {value}" for name, (_, value) in TRAPS.items()))


@pytest.mark.parametrize("local_infile", [1, 0], ids=["load data", "insert"])
def test_no_setting_of_the_server_changes_a_copy(
    hard: str, new_mariadb: Callable[..., str], traps: None, local_infile: int
) -> None:
    """Neither how many rows a SELECT gives, nor quotes, zones, transactions; invalid labels and double codes come over as they are."""
    target = new_mariadb()
    run(hard, f"SET GLOBAL local_infile = {local_infile}")
    try:
        assert copy(hard, target, Form.WIRE) == []
    finally:
        run(hard, "SET GLOBAL local_infile = 1")
    with open_database(hard) as source, open_database(target) as copied:
        schema = source.describe()
        assert comparable(schema) == comparable(copied.describe())
    names = [table.name for table in schema.tables]
    assert checksums(target, names) == checksums(hard, names)
