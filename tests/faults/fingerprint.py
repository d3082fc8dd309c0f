"""What a target holds, in plain SQL: content of every table, whatever the order of its rows, and everything built around it."""

from __future__ import annotations

import re
import sqlite3

import psycopg
import pymysql
from sqlalchemy.engine import make_url


def fingerprint(url: str) -> dict[str, object]:
    """By name of table or kind of object: equal targets give equal fingerprints."""
    return {"sqlite": _sqlite, "postgresql": _postgresql, "mariadb": _mariadb}[make_url(url).get_backend_name()](url)


def _sqlite(url: str) -> dict[str, object]:
    found: dict[str, object] = {}
    connection = sqlite3.connect(f"file:{make_url(url).database}?mode=ro", uri=True)
    connection.text_factory = bytes
    objects = connection.execute("select type, name, sql from sqlite_schema order by 1, 2").fetchall()
    for kind, name, sql in objects:
        if name.startswith((b"lookalike__", b"sqlite_autoindex")):
            continue
        found[f"{kind.decode()} {name.decode()}"] = sql
        if kind == b"table":
            rows = connection.execute(f'select * from "{name.decode()}"')
            content = [hash(row) for row in rows]
            found[name.decode()] = (len(content), sum(content))
    connection.close()
    return found


def _postgresql(url: str) -> dict[str, object]:
    found: dict[str, object] = {}
    with psycopg.connect(url) as connection:

        def rows(sql: str) -> list[tuple[object, ...]]:
            return connection.execute(sql).fetchall()  # type: ignore[arg-type]

        for (name,) in rows("select tablename from pg_tables where schemaname = 'public' order by 1"):
            sql = f'select count(*), sum(hashtextextended(t::text, 0)::numeric) from public."{name}" t'
            found[str(name)] = rows(sql)[0]
        found["indexes"] = rows("select indexdef from pg_indexes where schemaname = 'public' order by 1")
        found["constraints"] = rows(
            "select conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated from pg_constraint "
            "where connamespace = 'public'::regnamespace order by 1, 2"
        )
        found["views"] = rows("select viewname, definition from pg_views where schemaname = 'public' order by 1")
        found["sequences"] = rows(
            "select sequencename, last_value from pg_sequences where schemaname = 'public' order by 1"
        )
        found["triggers"] = rows(
            "select tgrelid::regclass::text, tgname, tgenabled from pg_trigger where not tgisinternal"
        )
    return found


def _mariadb(url: str) -> dict[str, object]:
    parts, found = make_url(url), dict[str, object]()
    connection = pymysql.connect(
        host=parts.host,
        port=parts.port or 3306,
        user=parts.username,
        password=str(parts.password),
        database=parts.database,
    )
    with connection, connection.cursor() as cursor:

        def rows(sql: str) -> list[tuple[str, ...]]:
            cursor.execute(sql)
            return list(cursor.fetchall())

        cursor.execute("set group_concat_max_len = 100000")
        for name, kind in rows("show full tables"):
            if name.startswith("lookalike__"):
                continue
            shown = rows(f"show create table `{name}`")[0][1]
            found[f"ddl {name}"] = re.sub(r"DEFINER=\S+ ", "", shown)
            if kind == "BASE TABLE":
                columns = ", ".join(f"quote(`{row[0]}`)" for row in rows(f"show columns from `{name}`"))
                found[name] = rows(
                    f"select count(*), sum(conv(left(md5(concat_ws(',', {columns})), 15), 16, 10)) from `{name}`"
                )[0]
    return found
