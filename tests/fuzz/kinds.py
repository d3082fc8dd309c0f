"""The column types of each dialect that the fuzz draws from: how a type is declared, and SQL literals that it can hold."""

from __future__ import annotations

import datetime as dt
import json
import string
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

Draw = Callable[[Random], str]


@dataclass(frozen=True, slots=True)
class Type:
    """One column type."""

    ddl: str
    literal: Draw
    """A random value, as a SQL literal of the dialect; never NULL."""
    key: Draw | None = None
    """Values for keys: two literals that differ are different under every collation of the dialect. None: never in a key."""


_ODD = [
    "ü",
    "ß",
    "É",
    "日本",
    "😀",
    "'",
    '"',
    "\\",
    "\t",
    "\n",
    "%",
    "_",
    " ",
    "  x",
    "x ",
    "N",
    "NULL",
    "0",
    "-1",
    "e-mail@x.test",
]
_WORDS = ["ann", "bob", "berlin", "open", "paid", "red", "4111 1111 1111 1111", "+1 202 555 0143", "ann@corp.example"]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _my_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def _text(quote: Callable[[str], str], longest: int, *, wide: bool = True) -> Draw:
    def draw(random: Random) -> str:
        parts = [
            random.choice(_WORDS + (_ODD if wide else []) + list(string.printable[:62]))
            for _ in range(random.randrange(5))
        ]
        return quote("".join(parts)[:longest])

    return draw


def _text_key(quote: Callable[[str], str], longest: int) -> Draw:
    """Lower case letters and digits: no collation takes two of them for one."""

    def draw(random: Random) -> str:
        return quote("".join(random.choice("abcdefghij0123456789") for _ in range(random.randint(1, longest))))

    return draw


def _whole(low: int, high: int) -> Draw:
    def draw(random: Random) -> str:
        return str(
            random.choice([random.randint(low, high), random.randint(max(low, -9), min(high, 99)), low, high, 0, 1])
        )

    return draw


def _small_key(high: int) -> Draw:
    return lambda random: str(random.randint(1, high) if random.random() < 0.8 else random.randint(0, min(high, 40)))


def _date(random: Random, low: int = 1900, high: int = 2100) -> dt.date:
    return dt.date(low, 1, 1) + dt.timedelta(days=random.randrange((high - low) * 365))


def _moment(random: Random, digits: int = 6) -> str:
    day = _date(random, 1971, 2037)
    second = dt.time(
        random.randrange(24), random.randrange(60), random.randrange(60), random.choice([0, 1, 999_999, 500_000])
    )
    text = f"{day} {second.replace(microsecond=0)}"
    return _quoted(text + (f".{second.microsecond:06d}"[: digits + 1] if digits else ""))


def _time(random: Random) -> str:
    return f"'{random.randrange(24):02d}:{random.randrange(60):02d}:{random.randrange(60):02d}'"


def _decimal(whole: int, scale: int) -> Draw:
    def draw(random: Random) -> str:
        number = random.randrange(10 ** random.randint(1, whole + scale))
        return (
            f"{random.choice(['', '', '-'])}{number // 10**scale}.{number % 10**scale:0{scale}d}"
            if scale
            else str(number)
        )

    return draw


def _uuid(random: Random) -> str:
    return f"'{uuid.UUID(int=random.getrandbits(128), version=4)}'"


def _json(quote: Callable[[str], str]) -> Draw:
    def draw(random: Random) -> str:
        document = {
            random.choice(["name", "email", "k"]): random.choice(
                ["Ann Lee", "a@b.example", 1, None, True, [1, "x"], {"z": 2.5}]
            )
            for _ in range(random.randrange(3))
        }
        return quote(json.dumps(random.choice([document, [document], "x", 3, None, []]), ensure_ascii=False))

    return draw


def _of(*literals: str) -> Draw:
    return lambda random: random.choice(literals)


def _hexadecimal(before: str, after: str, longest: int, *, exactly: bool = False) -> Draw:
    def draw(random: Random) -> str:
        size = longest if exactly else random.randrange(longest + 1)
        return before + random.randbytes(size).hex() + after

    return draw


def _float(random: Random) -> str:
    return repr(random.choice([random.uniform(-1e6, 1e6), random.random(), 0.0, 1e-300, 1.5e200, 3.0, -2.25]))


def _integer(ddl: str, low: int, high: int) -> Type:
    return Type(ddl, _whole(low, high), _small_key(high))


_COMMON = [
    _integer("smallint", -(2**15), 2**15 - 1),
    _integer("integer", -(2**31), 2**31 - 1),
    _integer("bigint", -(2**63) + 1, 2**63 - 1),
    Type("decimal(10,2)", _decimal(8, 2)),
    Type("decimal(12,0)", _decimal(12, 0), _small_key(10**11)),
    Type("double precision", _float),
    Type("date", lambda random: f"'{_date(random)}'", lambda random: f"'{_date(random)}'"),
]

POSTGRESQL = [
    *_COMMON,
    Type("varchar(40)", _text(_quoted, 40), _text_key(_quoted, 20)),
    Type("varchar(9)", _text(_quoted, 9), _text_key(_quoted, 9)),
    Type("text", _text(_quoted, 200), _text_key(_quoted, 12)),
    Type("char(8)", _text(_quoted, 8), _text_key(_quoted, 8)),
    Type("numeric", _of("0", "1.50", "-3.1400", "1e30", "'NaN'", "12345678901234567890.123")),
    Type("real", _of("0", "1.5", "'-0'", "'Infinity'")),
    Type("boolean", _of("true", "false")),
    Type("uuid", _uuid, _uuid),
    Type("time", _time),
    Type("timetz", _of("'10:00+02'", "'24:00:00-05'")),
    Type("timestamp", _moment, _moment),
    Type("timestamptz", lambda random: _moment(random)[:-1] + "+00'"),
    Type("interval", _of("'1 day'", "'-3 mons 4 days 00:00:01.5'", "'0'")),
    Type("bytea", _hexadecimal("'\\x", "'", 20), _hexadecimal("'\\x", "'", 9)),
    Type("json", _json(_quoted)),
    Type("jsonb", _json(_quoted)),
    Type("integer[]", _of("'{}'", "'{1,NULL,3}'", "'{{1,2},{3,4}}'", "'[0:1]={5,6}'")),
    Type("text[]", _of("'{}'", "'{a,\"b c\",NULL}'")),
    Type("inet", _of("'10.0.0.1'", "'192.168.1.0/24'", "'::1'"), None),
    Type("cidr", _of("'10.0.0.0/8'", "'2001:db8::/32'")),
    Type("macaddr", _of("'08:00:2b:01:02:03'", "'ff:ff:ff:00:00:01'")),
    Type("int4range", _of("'empty'", "'[1,5)'", "'(,3)'", "'[7,)'")),
    Type("tstzrange", _of("'[2020-01-01,2021-01-01)'", "'empty'")),
    Type("int8multirange", _of("'{}'", "'{[1,3),[5,8)}'")),
    Type("bit(8)", _of("B'00000000'", "B'10101010'")),
    Type("bit varying(9)", _of("B''", "B'1'", "B'101'")),
    Type("money", _of("'1.00'", "'-3.50'")),
    Type("point", _of("'(1,2)'", "'(-0.5,1e10)'")),
    Type("tsvector", _of("'a b c'", "'fat:1A rat:2'")),
    Type("pg_lsn", _of("'0/0'", "'16/B374D848'")),
    Type("path", _of("'((0,0),(1,1))'")),
    Type("mood", _of("'sad'", "'ok'", "'very happy'"), None),
    Type("positive", _small_key(1000), _small_key(30000)),
    Type("pair", _of("'(1,x)'", "'(,)'")),
]

MARIADB = [
    *_COMMON,
    Type("varchar(40)", _text(_my_quoted, 40), _text_key(_my_quoted, 20)),
    Type("varchar(9)", _text(_my_quoted, 9), _text_key(_my_quoted, 9)),
    Type("text", _text(_my_quoted, 200)),
    Type("longtext", _text(_my_quoted, 200)),
    Type("char(8)", _text(_my_quoted, 8), _text_key(_my_quoted, 8)),
    Type("varchar(20) character set latin1", _text(_my_quoted, 20, wide=False), _text_key(_my_quoted, 15)),
    Type("varchar(20) collate utf8mb4_bin", _text(_my_quoted, 20), _text_key(_my_quoted, 15)),
    _integer("tinyint unsigned", 0, 255),
    _integer("int unsigned", 0, 2**32 - 1),
    _integer("bigint unsigned", 0, 2**64 - 1),
    _integer("mediumint", -(2**23), 2**23 - 1),
    Type("tinyint(1)", _of("0", "1")),
    Type("float", _of("0", "1.5", "-2.25")),
    Type("decimal(65,30)", _decimal(35, 30)),
    Type("year", _of("2024", "1901", "2155", "0")),
    Type("time", _time),
    Type("time(6)", _of("'-838:59:59'", "'00:00:00.000001'")),
    Type("datetime", lambda random: _moment(random, 0), lambda random: _moment(random, 0)),
    Type("datetime(6)", _moment),
    Type("timestamp null", lambda random: _moment(random, 0)),
    Type("json", _json(_my_quoted)),
    Type("uuid", _uuid, _uuid),
    Type("inet4", _of("'10.0.0.1'")),
    Type("inet6", _of("'::1'", "'2001:db8::1'")),
    Type("bit(8)", _of("b'0'", "b'10101010'")),
    Type("enum('a','b c','it''s')", _of("'a'", "'b c'", "'it''s'")),
    Type("set('x','y','z')", _of("''", "'x'", "'x,z'")),
    Type("varbinary(10)", _hexadecimal("x'", "'", 10), _hexadecimal("x'", "'", 9)),
    Type("binary(8)", _hexadecimal("x'", "'", 8, exactly=True), _hexadecimal("x'", "'", 8, exactly=True)),
    Type("blob", _hexadecimal("x'", "'", 40)),
    Type("point", _of("point(1,2)", "point(-0.5,1e10)")),
]


def _any_class(random: Random) -> str:
    """A value of any storage class, whatever the column is declared as."""
    return random.choice(
        [
            _text(_quoted, 30),
            _whole(-(2**63) + 1, 2**63 - 1),
            _float,
            _hexadecimal("x'", "'", 9),
            _of("''", "x''", "'12'", "1.0"),
        ]
    )(random)


SQLITE = [
    Type("INTEGER", _whole(-(2**63) + 1, 2**63 - 1), _small_key(2**40)),
    Type("INT", _whole(-(2**31), 2**31 - 1), _small_key(2**31 - 1)),
    Type("VARCHAR(40)", _text(_quoted, 40), _text_key(_quoted, 20)),
    Type("TEXT", _text(_quoted, 200), _text_key(_quoted, 12)),
    Type("TEXT COLLATE NOCASE", _text(_quoted, 30), _text_key(_quoted, 12)),
    Type("REAL", _float),
    Type("BLOB", _hexadecimal("x'", "'", 30), _hexadecimal("x'", "'", 9)),
    Type("NUMERIC", _decimal(6, 2)),
    Type("DECIMAL(10,2)", _decimal(8, 2)),
    Type("BOOLEAN", _of("0", "1")),
    Type("DATE", lambda random: f"'{_date(random)}'", lambda random: f"'{_date(random)}'"),
    Type("DATETIME", _moment),
    Type("JSON", _json(_quoted)),
    Type("", _any_class),
    Type("TEXT", _any_class),
    Type("UUID", _uuid, _uuid),
    Type("VARCHAR(9)", _text(_quoted, 9), _text_key(_quoted, 9)),
    Type("TIME", _time),
]

TYPES: dict[str, list[Type]] = {"sqlite": SQLITE, "postgresql": POSTGRESQL, "mariadb": MARIADB}
PRELUDE = {
    "sqlite": (),
    "mariadb": (),
    "postgresql": (
        "create type mood as enum ('sad', 'ok', 'very happy')",
        "create domain positive as integer check (value >= 0)",
        "create type pair as (a integer, b text)",
    ),
}
"""What the types need before the first table."""
