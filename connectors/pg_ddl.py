"""pg_dump's text as statements: one for each object, cut at pg_dump's own headers and never at semicolons."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from connectors.database import Issue, Phase, Script, Statement
from connectors.names import TableName
from connectors.pg_describe import DEFAULT_SCHEMA, table_name
from connectors.pg_scan import Token, tokens
from connectors.pg_types import quote
from connectors.schema import Schema

_HEADER = re.compile(r"-- (?:Data for )?Name: (?P<name>.*); Type: (?P<kind>[A-Z ]+); Schema: (?P<schema>.*); Owner: ")
_END = "-- PostgreSQL database dump complete"
_SETTINGS = re.compile(r"(?:\s*SET default_\w+ = [^;\n]*;)+\s*\Z")

_KINDS = {"FK CONSTRAINT": "foreign key", "CHECK CONSTRAINT": "check", "CONSTRAINT": "unique"}
_ON_A_TABLE = {"foreign key", "check", "unique", "trigger", "rule", "policy", "default", "statistics", "comment", "row security",
               "table", "table attach"}  # fmt: skip

_OUTSIDE = {
    "server": "it reaches another database",
    "user mapping": "it holds a login at another database",
    "foreign table": "its rows live in another database",
    "subscription": "it would take changes from another database",
    "publication": "it would send changes to other databases",
    "publication table": "it would send changes to other databases",
    "publication tables in schema": "it would send changes to other databases",
    "event trigger": "it would act on every later DDL",
}
_HOLDS_PASSWORDS = ("server", "user mapping", "subscription")
_ACTS = re.compile(
    r"\bdblink|\bhttp_(?:get|post|put|patch|delete|head)\b|\bnet\.http_|\bCOPY\b[^;]*\bPROGRAM\b|\bpg_(?:read|write|ls)_\w+|"
    r"\blo_(?:import|export)\b|\baws_(?:s3|lambda)\b|\bcron\.schedule|\bLANGUAGE\s+(?:'?)(?:plpython\w*u|plperlu|pltclu|plsh|c)\b",
    re.IGNORECASE,
)
_CALLED = ("function", "procedure")


def statements(text: str, phase: Phase, schema: Schema) -> list[Statement]:
    """One Statement for each header of the text. `schema` tells which tables the names mean."""
    return [_statement(header, sql, phase, schema) for header, sql in _sections(text)]


def with_armed_triggers(found: list[Statement]) -> list[Statement]:
    """The statements, with every trigger armed whose function is."""
    outside = {statement.name.partition("(")[0] for statement in found if statement.kind in _CALLED and statement.armed}
    return [_armed_trigger(statement, outside) for statement in found]


def _sections(text: str) -> Iterator[tuple[re.Match[str], str]]:
    header, start = None, 0
    for token in tokens(text):
        if token.kind != "comment" or not token.text.startswith("-- "):
            continue
        match = _HEADER.match(token.text)
        if match is None and token.text != _END:
            continue
        if header is not None:
            yield header, _body(text[start : token.start])
        header, start = match, token.start + len(token.text)


def _body(text: str) -> str:
    """A section without the frame of its own header and of the next, and without settings for the next."""
    return _SETTINGS.sub("", text.strip().removeprefix("--").removesuffix("--").strip())


def _statement(header: re.Match[str], sql: str, phase: Phase, schema: Schema) -> Statement:
    kind = _KINDS.get(header["kind"], header["kind"].lower())
    if kind == "unique" and sql.startswith("ALTER DOMAIN"):
        kind = "check"
    if kind == "schema":
        sql = sql.replace("CREATE SCHEMA ", "CREATE SCHEMA IF NOT EXISTS ", 1)
    place = header["schema"] if header["schema"] != "-" else ""
    armed = _OUTSIDE.get(kind)
    if kind in _CALLED and _ACTS.search(sql):
        armed = "it acts outside the database"
    if kind in _HOLDS_PASSWORDS:
        sql = "".join("''" if token.kind == "string" else token.text for token in tokens(sql))
    name = f"{place}.{header['name']}" if place else header["name"]
    return Statement(phase, kind, name, sql, _table(kind, place, header["name"], schema), armed)


def _armed_trigger(statement: Statement, outside: set[str]) -> Statement:
    if statement.kind == "trigger" and any(_calls(statement.sql, name) for name in outside):
        return replace(statement, armed="its function acts outside the database")
    return statement


def _calls(sql: str, name: str) -> bool:
    schema, _, function = name.partition(".")
    names = [token.identifier for token in tokens(sql) if token.identifier is not None]
    return (schema, function) in itertools.pairwise(names)


def _table(kind: str, schema: str, tag: str, described: Schema) -> TableName | None:
    """The root table that a statement belongs to; tags join a table and a name by a space, and both may hold spaces."""
    if kind == "index":
        owners = (
            t.name for t in described.tables if any(index.name == tag for index in t.indexes) and _in(t.name, schema)
        )
        return next(owners, None)
    if kind == "sequence":
        owner = next((s.owner for s in described.sequences if s.name == table_name(schema, tag)), None)
        return owner[0] if owner else None
    if kind not in _ON_A_TABLE:
        return None
    tag = re.sub(r"\A(?:TABLE|COLUMN|CONSTRAINT|TRIGGER|INDEX) ", "", tag) if kind == "comment" else tag
    candidates = (
        (name, table.name)
        for table in described.tables
        for name in (table.name, *table.partitions)
        if _in(name, schema)
    )
    fitting = [
        (part.name, root)
        for part, root in candidates
        if tag == part.name or tag.startswith((f"{part.name} ", f"{part.name}."))
    ]
    return max(fitting, key=lambda pair: len(pair[0]))[1] if fitting else None


def _in(name: TableName, schema: str) -> bool:
    return (name.schema or DEFAULT_SCHEMA) == schema


def rename_schemas(script: Script, mapping: Mapping[str, str]) -> Script:
    """The same script building its objects in other schemas: `{"public": "qa"}`.

    Qualified names are rewritten token by token, so tables lie under their mapped names as soon as the BEFORE phase has
    run, and the AFTER phase speaks of them there; nothing is renamed afterwards. In the default schema only names that
    the script itself makes move: extensions stay in `public`. As with ALTER SCHEMA ... RENAME, the text inside a function
    body does not change; each body that spells out a mapped schema is an Issue.
    """
    moved = {old: new for old, new in mapping.items() if old != new}
    made = {schema: _made(script, schema) for schema in moved}
    scripted = {statement.name for statement in script.statements if statement.kind == "schema"}
    schemas = [
        Statement(Phase.BEFORE, "schema", new, f"CREATE SCHEMA IF NOT EXISTS {quote(new)};")
        for old, new in moved.items()
        if old not in scripted
    ]
    renamed = [_renamed(statement, moved, made) for statement in script.statements]
    issues = [issue for statement in script.statements if (issue := _named_in_body(statement, moved)) is not None]
    return Script((*schemas, *renamed), (*script.issues, *issues), script.tool)


def _made(script: Script, schema: str) -> frozenset[str]:
    """Every name that the script's objects bear in a schema, as far as a qualified name can mean it."""
    tags = [
        statement.name.removeprefix(f"{schema}.")
        for statement in script.statements
        if statement.name.startswith(f"{schema}.")
    ]
    # A tag may join a table and a name by a space, and both may hold spaces.
    endings = {" ".join(words[place:]) for words in (tag.split(" ") for tag in tags) for place in range(len(words))}
    return frozenset(endings | {tag.partition("(")[0] for tag in tags})


def _renamed(statement: Statement, moved: Mapping[str, str], made: Mapping[str, frozenset[str]]) -> Statement:
    schema, dot, tag = statement.name.partition(".")
    name = (
        f"{moved.get(schema, schema)}.{tag}"
        if dot
        else moved.get(schema, schema)
        if statement.kind == "schema"
        else statement.name
    )
    table = statement.table
    if table is not None:
        place = table.schema or DEFAULT_SCHEMA
        table = table_name(moved.get(place, place), table.name)
    return replace(statement, name=name, table=table, sql=_rewritten(statement.sql, moved, made))


def _rewritten(sql: str, moved: Mapping[str, str], made: Mapping[str, frozenset[str]]) -> str:
    cut = list(tokens(sql))
    meaning = [place for place, token in enumerate(cut) if token.kind not in ("space", "comment")]
    texts = [token.text for token in cut]
    for order, place in enumerate(meaning):
        near = [cut[meaning[other]] if 0 <= other < len(meaning) else None for other in range(order - 1, order + 4)]
        if cut[place].kind == "string" and _is_name_literal(near):
            inner = cut[place].text[1:-1].replace("''", "'")
            texts[place] = "'" + _rewritten(inner, moved, made).replace("'", "''") + "'"
        elif (schema := cut[place].identifier or "") in moved and _is_schema(near, schema, made):
            texts[place] = quote(moved[schema])
    return "".join(texts)


def _is_schema(near: list[Token | None], schema: str, made: Mapping[str, frozenset[str]]) -> bool:
    before, _, after, name, _ = near
    if before is not None and before.text == ".":
        return False
    if after is not None and after.text == "." and name is not None:
        if schema != DEFAULT_SCHEMA:
            return True
        return name.kind == "other" or name.identifier in made[schema]
    return schema != DEFAULT_SCHEMA and before is not None and before.text.upper() in ("SCHEMA", "EXISTS")


def _is_name_literal(near: list[Token | None]) -> bool:
    """Is this string cast to regclass or its kin?"""
    _, _, first, second, type_ = near
    return (
        first is not None and second is not None and type_ is not None
        and first.text == second.text == ":" and type_.text.lower().startswith("reg")
    )  # fmt: skip


def _named_in_body(statement: Statement, moved: Mapping[str, str]) -> Issue | None:
    bodies = [token.text for token in tokens(statement.sql) if token.kind == "body"]
    named = [schema for schema in moved if any(re.search(rf"\b{re.escape(schema)}\"?\s*\.", body) for body in bodies)]
    if not named:
        return None
    return Issue(
        code="schema-in-body", message=f"{statement.kind} {statement.name} names schema {named[0]} in its body, which stays as it is",
        remedy="Change the body by hand in the target, or do not map that schema.",
    )  # fmt: skip
