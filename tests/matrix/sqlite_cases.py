"""SQLite's declared types, each with values of every storage class that it meets in real files, and how other engines take them."""

from __future__ import annotations

from tests.matrix.cases import Case, Shape, Value, beyond, case, equal, exact, told

_TEXTS: dict[str, str | Value] = {
    "empty": "''",
    "spaces around": "'  a  '",
    "backslashes": r"'\N \\ \t'",
    "tabs and newlines": "'a' || char(9) || 'b' || char(10) || 'c' || char(13, 10)",
    "quotes": """'it''s "so" `here`'""",
    "combining, RTL, astral": "'é' || char(0x301, 0x5E9, 0x202E, 0x1F469, 0x200D, 0x1F4BB)",
    "looks like NULL": "'NULL'",
    "looks like a number": "'007'",
    "NUL": beyond("'a' || char(0) || 'b'", "beyond-nul", "postgresql"),
}
_BYTES: dict[str, str | Value] = {
    "empty": "x''",
    "every byte": "x'" + "".join(f"{byte:02x}" for byte in range(256)) + "'",
    "looks like text": "x'61'",
}


def _declared(
    native: str, shape: Shape, values: dict[str, str | Value], postgresql: str, mariadb: str, **more: object
) -> Case:
    return case("sqlite", native, shape, values, postgresql=exact(postgresql), mariadb=exact(mariadb), **more)  # type: ignore[arg-type]


_NUMBERS: tuple[Case, ...] = (
    *(_declared(native, Shape.INTEGER,
                {"least": "-9223372036854775808", "greatest": "9223372036854775807", "zero": "0", "text of a number": "'12'"},
                "bigint", "bigint(20)")
      for native in ("integer", "int", "tinyint", "unsigned big int")),
    _declared("real", Shape.FLOAT,
              {"greatest": "1.7976931348623157e308", "denormal": "5e-324", "whole": "1", "17 digits": "0.30000000000000004",
               "infinity": beyond("1e400", "beyond-infinity", "mariadb"),
               "-infinity": beyond("-1e400", "beyond-infinity", "mariadb")},
              "double precision", "double"),
    _declared("double precision", Shape.FLOAT, {"third": "1.0/3", "beyond 2^53": "9007199254740993"}, "double precision", "double"),
    _declared("decimal(10,2)", Shape.NUMBER, {"cent": "0.01", "greatest": "99999999.99", "whole": "5", "text of a number": "'1.50'"},
              "numeric(10,2)", "decimal(10,2)"),
    _declared("boolean", Shape.BOOLEAN, {"true": "1", "false": "0"}, "boolean", "tinyint(1)"),
)  # fmt: skip

_MOMENTS: tuple[Case, ...] = (
    case("sqlite", "date", Shape.DATE,
         {"first": "'0001-01-01'", "last": "'9999-12-31'", "leap day": "'2000-02-29'",
          "infinity": beyond("'infinity'", "beyond-calendar", "mariadb"),
          "BC": beyond("'0044-03-15 BC'", "beyond-calendar", "mariadb")},
         postgresql=exact("date"), mariadb=exact("date")),
    case("sqlite", "date", Shape.DATE, {"zero": equal("'0000-00-00'", postgresql="-infinity")}, name="zero_date",
         postgresql=told("date", "zero-date"), mariadb=exact("date")),
    case("sqlite", "datetime", Shape.TIMESTAMP,
         {"first": "'0001-01-01 00:00:00'", "micro": "'2020-02-29 23:59:59.000001'", "last": "'9999-12-31 23:59:59.999999'"},
         postgresql=exact("timestamp without time zone"), mariadb=exact("datetime(6)")),
    case("sqlite", "timestamp with time zone", Shape.TIMESTAMP,
         {"in UTC": "'2020-02-29 23:59:59+00:00'"},
         postgresql=exact("timestamp with time zone"), mariadb=told("datetime(6)", "timestamp-utc")),
    case("sqlite", "time", Shape.TIME,
         {"midnight": "'00:00:00'", "micro": "'23:59:59.999999'", "end of day": "'24:00:00'",
          "negative": beyond("'-01:00:00'", "beyond-clock", "postgresql")},
         postgresql=exact("time without time zone"), mariadb=exact("time(6)")),
)  # fmt: skip

_OTHERS: tuple[Case, ...] = (
    _declared("text", Shape.TEXT, _TEXTS, "text", "longtext"),
    _declared("varchar(3)", Shape.TEXT, {"longer than it says": "'abcdef'", "number": "12"}, "text", "longtext"),
    _declared("clob", Shape.TEXT, {"100,000 characters": "printf('%.*c', 100000, 'x')"}, "text", "longtext"),
    _declared("blob", Shape.BYTES, _BYTES, "bytea", "longblob"),
    case("sqlite", "", Shape.TEXT, {"text": "'x'", "integer": "1", "empty": "''"}, name="undeclared",
         postgresql=told("text"), mariadb=told("longtext")),
    _declared("uuid", Shape.UUID,
              {"lower": "'6ccd780c-baba-1026-9564-5b8c656024db'", "upper": "'6CCD780C-BABA-1026-9564-5B8C656024DB'"},
              "uuid", "char(36)"),
    _declared("json", Shape.TEXT, {"key order": """'{"b": 1,  "a": 1.0}'""", "array": "'[1, null]'"}, "json", "longtext"),
)  # fmt: skip

SQLITE: tuple[Case, ...] = (*_NUMBERS, *_MOMENTS, *_OTHERS)
