"""MariaDB's types with their edge values, and how each other engine takes them."""

from __future__ import annotations

from tests.matrix.cases import Case, Shape, Value, beyond, case, equal, exact, told

_MODES = "set sql_mode = 'ALLOW_INVALID_DATES,NO_AUTO_VALUE_ON_ZERO', time_zone = '+00:00'"
"""Not strict, so that what old servers let in can be put in."""
_TEXTS: dict[str, str | Value] = {
    "empty": "''",
    "spaces around": "'  a  '",
    "backslashes": r"'\\N \\. \\\\ \\t'",
    "tabs and newlines": r"'a\tb\nc\r\nd'",
    "quotes": """'it''s "so" `here`'""",
    "control characters": "char(1, 31, 127 using utf8mb4)",
    "combining, RTL, astral": "convert(unhex('65cc81d7a9d79ce280aef09f91a9e2808df09f92bb') using utf8mb4)",
    "looks like NULL": "'NULL'",
    "NUL": beyond("char(97, 0, 98 using utf8mb4)", "beyond-nul", "postgresql"),
}
_BYTES: dict[str, str | Value] = {
    "empty": "''",
    "every byte": "unhex('" + "".join(f"{byte:02x}" for byte in range(256)) + "')",
    "NUL, backslash, newline": "x'005c0a'",
    "looks like NULL": r"'\\N'",
}
_ZERO = {"postgresql": "-infinity"}
_NEVER = {"postgresql": "-infinity.000000"}
_DATE = {"postgresql": told("date", "zero-date"), "sqlite": exact("DATE")}
_MOMENT = {"postgresql": told("timestamp without time zone", "zero-date"), "sqlite": exact("TIMESTAMP")}


def _integer(native: str, bits: int, postgresql: str) -> tuple[Case, Case]:
    """A width with a sign and without."""
    signed = {"least": str(-(2 ** (bits - 1))), "greatest": str(2 ** (bits - 1) - 1), "zero": "0", "minus one": "-1"}
    wider = {"smallint": "integer", "integer": "bigint", "bigint": "numeric(20,0)"}
    unsigned = wider[postgresql] if bits in (16, 32, 64) else postgresql
    big = bits == 64
    return (
        case("mariadb", native, Shape.INTEGER, signed, postgresql=exact(postgresql), sqlite=exact("INTEGER")),
        case("mariadb", f"{native} unsigned", Shape.INTEGER, {"greatest": str(2**bits - 1), "zero": "0"},
             postgresql=told(unsigned, "type-wider") if big else exact(unsigned),
             sqlite=told("DECIMAL TEXT(20,0)", "type-wider") if big else exact("INTEGER")),
    )  # fmt: skip


_NUMBERS: tuple[Case, ...] = (
    *_integer("tinyint", 8, "smallint"),
    *_integer("smallint", 16, "smallint"),
    *_integer("mediumint", 24, "integer"),
    *_integer("int", 32, "integer"),
    *_integer("bigint", 64, "bigint"),
    case("mariadb", "tinyint(1)", Shape.INTEGER, {"true": "1", "false": "0", "neither": "-128"},
         postgresql=exact("smallint"), sqlite=exact("INTEGER"), note="An integer: the server keeps any of -128 to 127 in it."),
    case("mariadb", "int(8) zerofill", Shape.NUMBER, {"greatest": "4294967295", "zero": "0", "padded": "7"},
         postgresql=exact("bigint"), sqlite=exact("INTEGER")),
    case("mariadb", "year", Shape.NUMBER, {"zero": "0", "least": "1901", "greatest": "2155"},
         postgresql=exact("integer"), sqlite=exact("INTEGER"), setup=_MODES),
    case("mariadb", "decimal(10,2)", Shape.NUMBER, {"greatest": "99999999.99", "least": "-99999999.99", "cent": "0.01"},
         postgresql=exact("numeric(10,2)"), sqlite=exact("DECIMAL(10,2)")),
    case("mariadb", "decimal(65,30)", Shape.DECIMAL,
         {"greatest": "9" * 35 + "." + "9" * 30, "least": "-" + "9" * 35 + "." + "9" * 30, "trailing zeros": "1." + "0" * 30,
          "smallest": "0." + "0" * 29 + "1"},
         postgresql=exact("numeric(65,30)"), sqlite=told("DECIMAL TEXT(65,30)", "decimal-as-text")),
    case("mariadb", "decimal(65,0) unsigned", Shape.DECIMAL, {"greatest": "9" * 65, "zero": "0"},
         postgresql=exact("numeric(65,0)"), sqlite=told("DECIMAL TEXT(65,0)", "decimal-as-text")),
    case("mariadb", "float", Shape.FLOAT,
         {"greatest": "3.4028234663852886e38", "denormal": "1e-45", "a tenth": "0.1", "past 2^24": "16777217", "third": "1/3e0"},
         postgresql=exact("double precision"), sqlite=exact("REAL")),
    case("mariadb", "float(7,3)", Shape.FLOAT, {"greatest": "9999.999", "third": "1/3e0"},
         postgresql=exact("double precision"), sqlite=exact("REAL")),
    case("mariadb", "double", Shape.FLOAT,
         {"greatest": "1.7976931348623157e308", "denormal": "5e-324", "minus zero": equal("-0.0e0", sqlite="0" * 16), "third": "1/3e0",
          "17 digits": "0.30000000000000004"},
         postgresql=exact("double precision"), sqlite=exact("REAL"), note="SQLite knows no sign of zero."),
    case("mariadb", "bit(1)", Shape.BIT, {"one": "b'1'", "zero": "b'0'"},
         postgresql=exact("bit varying(1)"), sqlite=told("TEXT")),
    case("mariadb", "bit(9)", Shape.BIT, {"all": "b'111111111'", "zero": "0", "leading zeros": "5"},
         postgresql=exact("bit varying(9)"), sqlite=told("TEXT")),
    case("mariadb", "bit(64)", Shape.BIT, {"all": "~0", "zero": "0"}, postgresql=exact("bit varying(64)"), sqlite=told("TEXT")),
)  # fmt: skip

_MOMENTS: tuple[Case, ...] = (
    case("mariadb", "date", Shape.DATE,
         {"first": "'0001-01-01'", "last": "'9999-12-31'", "leap day": "'2000-02-29'", "before 1970": "'1969-12-31'",
          "zero": equal("'0000-00-00'", **_ZERO), "zero day": beyond("'2020-00-00'", "beyond-calendar", "postgresql", "sqlite"),
          "31 February": beyond("'2020-02-31'", "beyond-calendar", "postgresql", "sqlite"),
          "year 0": beyond("'0000-01-01'", "beyond-calendar", "postgresql", "sqlite")},
         **_DATE, setup=_MODES),
    case("mariadb", "datetime", Shape.TIMESTAMP,
         {"first": "'0001-01-01'", "last": "'9999-12-31 23:59:59'", "zero": equal("'0000-00-00'", **_NEVER),
          "zero month": beyond("'2020-00-15 10:00:00'", "beyond-calendar", "postgresql", "sqlite"),
          "zero with a clock": beyond("'0000-00-00 10:00:00'", "beyond-calendar", "postgresql", "sqlite")},
         **_MOMENT, setup=_MODES),
    case("mariadb", "datetime(3)", Shape.TIMESTAMP, {"last": "'9999-12-31 23:59:59.999'", "milli": "'2020-01-01 00:00:00.001'"},
         postgresql=exact("timestamp without time zone"), sqlite=exact("TIMESTAMP")),
    case("mariadb", "datetime(6)", Shape.TIMESTAMP,
         {"last": "'9999-12-31 23:59:59.999999'", "micro": "'1969-12-31 23:59:59.000001'", "zero": equal("'0000-00-00'", **_NEVER)},
         **_MOMENT, setup=_MODES),
    case("mariadb", "timestamp", Shape.TIMESTAMP,
         {"first": "'1970-01-01 00:00:01'", "last": "'2038-01-19 03:14:07'", "in no local hour": "'2021-03-28 02:30:00'",
          "zero": equal("'0000-00-00'", **_NEVER)},
         postgresql=told("timestamp with time zone", "zero-date"), sqlite=exact("TIMESTAMPTZ"), setup=_MODES, suffix="null"),
    case("mariadb", "timestamp(6)", Shape.TIMESTAMP,
         {"last": "'2038-01-19 03:14:07.999999'", "twice in a local hour": "'2021-10-31 02:30:00.5'"},
         postgresql=exact("timestamp with time zone"), sqlite=exact("TIMESTAMPTZ"), setup=_MODES, suffix="null"),
    case("mariadb", "time", Shape.TIME,
         {"midnight": "'00:00:00'", "end of day": "'24:00:00'", "last second": "'23:59:59'",
          "longest": beyond("'838:59:59'", "beyond-clock", "postgresql"),
          "most negative": beyond("'-838:59:59'", "beyond-clock", "postgresql")},
         postgresql=told("time without time zone", "time-range"), sqlite=exact("TIME")),
    case("mariadb", "time(6)", Shape.TIME,
         {"micro": "'00:00:00.000001'", "last": "'23:59:59.999999'",
          "longest": beyond("'838:59:59.999999'", "beyond-clock", "postgresql"),
          "just negative": beyond("'-00:00:00.000001'", "beyond-clock", "postgresql")},
         postgresql=told("time without time zone", "time-range"), sqlite=exact("TIME")),
)  # fmt: skip


def _text(
    native: str, values: dict[str, str | Value], postgresql: str = "text", sqlite: str = "TEXT", **more: object
) -> Case:
    return case("mariadb", native, Shape.TEXT, values, postgresql=exact(postgresql), sqlite=exact(sqlite), **more)  # type: ignore[arg-type]


_CHARACTERS: tuple[Case, ...] = (
    _text("char(5)", {"padded": "'a'", "full": "'abcde'", "astral": "'😀😀😀😀😀'", "empty": "''"},
          "character varying(5)", "VARCHAR(5)"),
    _text("varchar(100)", _TEXTS, "character varying(100)", "VARCHAR(100)", suffix="character set utf8mb4"),
    _text("tinytext", _TEXTS, suffix="character set utf8mb4"),
    _text("text", _TEXTS, suffix="character set utf8mb4"),
    _text("mediumtext", {"64 KiB of each byte's escape": r"repeat('\\\t\n', 30000)"}, suffix="character set utf8mb4"),
    _text("longtext", {"a megabyte": "repeat('é', 500000)"}, suffix="character set utf8mb4"),
    _text("varchar(300)", {"every byte": "convert(unhex('" + "".join(f"{byte:02x}" for byte in range(1, 256)) + "') using latin1)"},
          "character varying(300)", "VARCHAR(300)", suffix="character set latin1", name="latin1"),
    _text("varchar(50)", {"astral": "'é😀'", "looks like a tab": "_ucs2 0x0009 "}, "character varying(50)", "VARCHAR(50)",
          suffix="character set utf16", name="utf16"),
    _text("varchar(50)", {"ASCII": "'a\\\\'", "Kanji": "'表能'"}, "character varying(50)", "VARCHAR(50)",
          suffix="character set sjis", name="sjis"),
    _text("varchar(50)", {"ASCII": "'a~'", "Kanji": "'表ソ'"}, "character varying(50)",
          "VARCHAR(50)", suffix="character set cp932", name="cp932"),
    _text("varchar(50)", {"BMP": "'€'", "backslash in UTF-16": "_ucs2 0x5C0A"}, "character varying(50)", "VARCHAR(50)",
          suffix="character set ucs2", name="ucs2"),
    _text("enum('a','b,c','d''e','f g','\\\\','\"','é')",
          {"comma": "'b,c'", "quote": "'d''e'", "space": "'f g'", "backslash": "'\\\\'", "double quote": "'\"'", "accent": "'é'",
           "invalid": beyond("'none'", "beyond-label", "postgresql")},
          "of_enum_c", "VARCHAR(3)", setup=_MODES, name="enum"),
    _text("enum('x','')", {"empty label": "''", "label": "'x'"}, "of_enum_empty_c", "VARCHAR(1)", name="enum_empty",
          note="An invalid value and the empty label have one text; the place of the label tells them apart."),
    _text("set('x','y z','q''r')", {"none": "''", "one": "'y z'", "several": "'x,q''r'"}, "character varying(9)", "VARCHAR(9)",
    name="set"),
    _text("set(" + ",".join(f"'m{i}'" for i in range(64)) + ")", {"all of 64": "18446744073709551615", "last": "'m63'", "none": "0"},
          "character varying(245)", "VARCHAR(245)", name="set_of_64"),
    case("mariadb", "json", Shape.TEXT,
         {"key order": """'{"b": 1,  "a": 1.0}'""", "escapes": r"""'"\\u0041\\n"'""", "null": "'null'",
          "long number": "'12345678901234567890.1'"},
         postgresql=exact("json"), sqlite=exact("JSON TEXT")),
)  # fmt: skip

_OTHERS: tuple[Case, ...] = (
    case("mariadb", "binary(4)", Shape.BYTES, {"padded": "x'61'", "full": "x'00ff5c0a'", "empty": "''"},
         postgresql=exact("bytea"), sqlite=exact("BLOB")),
    *(case("mariadb", native, Shape.BYTES, _BYTES, postgresql=exact("bytea"), sqlite=exact("BLOB"))
      for native in ("varbinary(300)", "blob", "longblob")),
    case("mariadb", "tinyblob", Shape.BYTES, {"255 bytes": "repeat(x'5c', 255)"}, postgresql=exact("bytea"), sqlite=exact("BLOB")),
    case("mariadb", "mediumblob", Shape.BYTES, {"100 KiB": "repeat(x'005c', 51200)"}, postgresql=exact("bytea"), sqlite=exact("BLOB")),
    case("mariadb", "uuid", Shape.UUID, {"nil": f"'{'0' * 8}-0000-0000-0000-{'0' * 12}'",
     "all": "'ffffffff-ffff-ffff-ffff-ffffffffffff'",
         "version 1": "'6ccd780c-baba-1026-9564-5b8c656024db'"}, postgresql=exact("uuid"), sqlite=exact("UUID")),
    case("mariadb", "inet4", Shape.TEXT, {"least": "'0.0.0.0'", "greatest": "'255.255.255.255'"},
         postgresql=told("text"), sqlite=told("TEXT")),
    case("mariadb", "inet6", Shape.TEXT, {"least": "'::'", "mapped": "'::ffff:1.2.3.4'",
     "greatest": "'" + ":".join(["ffff"] * 8) + "'"},
         postgresql=told("text"), sqlite=told("TEXT")),
    case("mariadb", "point", Shape.SPATIAL, {"tenth": "point(0.1, -2)", "far": "point(1e300, 5e-324)"},
         postgresql=told("text"), sqlite=told("TEXT")),
    case("mariadb", "geometry", Shape.SPATIAL,
         {"polygon with a hole": "st_geomfromtext('polygon((0 0,4 0,4 4,0 0),(1 1,2 1,2 2,1 1))')",
          "SRID": "st_geomfromtext('point(1 2)', 4326)",
          "collection": "st_geomfromtext('geometrycollection(point(1 1),linestring(0 0,1 1))')"},
         postgresql=told("text"), sqlite=told("TEXT")),
)  # fmt: skip

MYSQL: tuple[Case, ...] = (*_NUMBERS, *_MOMENTS, *_CHARACTERS, *_OTHERS)
