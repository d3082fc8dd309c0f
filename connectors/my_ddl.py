"""SHOW CREATE as the script of a fresh target: tables first, foreign keys and programs after the rows, live wires cut."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pymysql import err

from connectors.database import Issue, Phase, Script, Statement
from connectors.errors import DdlError
from connectors.my_connect import mapped
from connectors.my_wire import PARAMETER, Wire
from connectors.names import TableName
from connectors.schema import Schema, Table

TOOL = "SHOW CREATE"

_NAME = r"`(?:[^`]|``)+`"
_STRING = r"'(?:[^'\\]|\\.|'')*'"
_SKIPPED = _STRING + r'|"(?:[^"\\]|\\.|"")*"|--[ \t][^\n]*|#[^\n]*|/\*.*?\*/'
_DEFINER = re.compile(
    rf"\A(\s*CREATE\s+(?:OR\s+REPLACE\s+)?(?:ALGORITHM\s*=\s*\w+\s+)?)DEFINER\s*=\s*{_NAME}(?:@{_NAME})?\s+"
)
_MODES = re.compile(r"\A/\* sql_mode=([A-Z0-9_,]*) \*/ ")
_LINE = re.compile(rf"(?:{_NAME}|{_STRING}|[^\n`'])+")
"""A name may hold a newline."""
_FOREIGN_KEY = re.compile(rf"  CONSTRAINT ({_NAME}) FOREIGN KEY ")
_REFERENCES = re.compile(rf" REFERENCES (?:({_NAME})\.)?({_NAME}) ")
_COUNTER = re.compile(r" AUTO_INCREMENT=\d+")
_FOLDER = re.compile(rf"({_STRING})|\s*(?:DATA|INDEX) DIRECTORY\s*=\s*{_STRING}", re.DOTALL)
_ENABLED = re.compile(r"(ON COMPLETION (?:NOT )?PRESERVE) (?:ENABLE|DISABLE ON SLAVE|DISABLE ON REPLICA)\b")
_REMOTE = {"FEDERATED", "CONNECT", "SPIDER", "S3", "MROONGA_REMOTE"}
"""Engines whose rows live elsewhere: to load such a table would write there."""


_UNSAFE = {"MYISAM", "ARIA", "MEMORY", "CSV", "ARCHIVE", "BLACKHOLE"}
"""Engines without transactions: a failed run could leave such a table half full."""
_ENGINE_OPTIONS = re.compile(
    rf"({_STRING})|\b(ENGINE\s*=\s*)\w+|\s*\b(?:ROW_FORMAT|PAGE_CHECKSUM|TRANSACTIONAL|CHECKSUM|DELAY_KEY_WRITE|PACK_KEYS)\s*=\s*\w+",
    re.DOTALL,
)
_LOST = {2006, 2013}


def with_modes(sql: str, modes: str) -> str:
    """The statement with the SQL modes that it is to be run under, as a comment in front."""
    return f"/* sql_mode={modes} */ {sql}"


def modes_of(sql: str) -> str | None:
    match = _MODES.match(sql)
    return match.group(1) if match else None


def without_definer(sql: str) -> str:
    """The same program, owned by whoever creates it: the source's logins are not the target's."""
    return _DEFINER.sub(r"\1", sql)


def script(wire: Wire, schema: Schema, *, replaces: bool) -> Script:
    """DDL of these tables and of everything around them. `replaces`: CREATE OR REPLACE is understood. Raises DdlError."""
    try:
        return _Writer(wire, schema, replaces).script()
    except err.MySQLError as error:
        raise mapped(error, DdlError, "the DDL of the source cannot be read") from None


@dataclass
class _Writer:
    wire: Wire
    schema: Schema
    replaces: bool
    issues: list[Issue] = field(default_factory=list)

    def script(self) -> Script:
        before = [*self._sequences()]
        keys: list[Statement] = []
        for table in self.schema.tables:
            made, foreign = self._table(table)
            before.append(made)
            keys += foreign
        after = [*keys, *self._routines(), *self._views(), *self._triggers(), *self._events()]
        return Script((*before, *after), tuple(self.issues), TOOL)

    def _table(self, table: Table) -> tuple[Statement, list[Statement]]:
        name = table.name
        text = self._local(self._show("TABLE", name.name, 1))
        lines = _LINE.findall(text)
        end = next(place for place, line in enumerate(lines) if line.startswith(")"))
        tail = "\n" + "\n".join(lines[end:])
        kept, foreign = [], []
        for line in lines[:end]:
            bare = line.removesuffix(",")
            if (match := _FOREIGN_KEY.match(line)) is None:
                kept.append(bare)
            elif self._reachable(name, bare):
                sql = f"ALTER TABLE {_quote(name.name)} ADD {bare.strip()}"
                key = f"{name.name}.{_plain(match.group(1))}"
                foreign.append(Statement(Phase.AFTER, "foreign key", key, sql, table=name))
        if _engine(table) in _UNSAFE:
            kept += _counter_key(table, kept)
        made = kept[0] + "\n" + ",\n".join(kept[1:]) + self._tail(table, tail)
        return Statement(Phase.BEFORE, "table", name.name, made, table=name), foreign

    def _tail(self, table: Table, tail: str) -> str:
        """The options and partitions of a table, without its counter, its folders and anything that reaches out."""
        options = dict(table.options)
        if _engine(table) in _UNSAFE:
            message = f"{table.name} is of the engine {options['ENGINE']}, which has no transactions; the target gets an InnoDB table."
            remedy = "Nothing, or make the table by hand and run into the target as it is."
            self.issues.append(Issue("engine-changed", message, remedy, table=table.name))
            tail = _ENGINE_OPTIONS.sub(_as_innodb, tail)
        if _engine(table) in _REMOTE:
            self.issues.append(
                Issue(
                    "remote-table",
                    f"{table.name} is of the engine {options['ENGINE']}, whose rows lie elsewhere; the target gets a plain table.",
                    "Nothing, or drop the table in the plan.",
                    table=table.name,
                )
            )
            return f"\n) ENGINE=InnoDB DEFAULT CHARSET={options['CHARSET']} COLLATE={options['COLLATE']}"
        return _FOLDER.sub(lambda match: match.group(1) or "", _COUNTER.sub("", tail, count=1))

    def _reachable(self, name: TableName, line: str) -> bool:
        """Does this foreign key stay within the tables of the target?"""
        match = _REFERENCES.search(line)
        if match and match.group(1) is None and TableName(_plain(match.group(2))) in self.schema.by_name:
            return True
        key = _plain(line.split("`")[1])
        self.issues.append(
            Issue(
                "foreign-key-dropped",
                f"foreign key {key} of {name} refers to a table that the target does not get.",
                "Take the parent table into the plan, or accept that this key is not made.",
                table=name,
            )
        )
        return False

    def _sequences(self) -> Iterator[Statement]:
        for sequence in self.schema.sequences:
            name = sequence.name.name
            yield Statement(Phase.BEFORE, "sequence", name, self._show("SEQUENCE", name, 1))
            value = self.wire.value(f"SELECT next_not_cached_value FROM {_quote(name)}")
            yield Statement(Phase.BEFORE, "sequence", f"{name} (value)", f"DO SETVAL({_quote(name)}, {int(value)}, 0)")

    def _routines(self) -> Iterator[Statement]:
        rows = self.wire.select(
            "SELECT ROUTINE_TYPE, ROUTINE_NAME FROM information_schema.ROUTINES"
            f" WHERE ROUTINE_SCHEMA = {PARAMETER} ORDER BY ROUTINE_TYPE, ROUTINE_NAME",
            self.schema.default_schema,
        )
        for type_, name in rows:
            row = self._row(type_, name)
            kind = "function" if type_ == "FUNCTION" else "procedure"
            yield from self._program(kind, name, row[1], row[2])

    def _triggers(self) -> Iterator[Statement]:
        for trigger in self.schema.triggers:
            if trigger.table in self.schema.by_name:
                row = self._row_if_allowed("trigger", trigger.name)
                yield from self._program("trigger", trigger.name, row[1], row[2], trigger.table)

    def _events(self) -> Iterator[Statement]:
        rows = self.wire.select(
            f"SELECT EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA = {PARAMETER} ORDER BY 1",
            self.schema.default_schema,
        )
        for (name,) in rows:
            row = self._row("EVENT", name)
            disabled = _ENABLED.sub(r"\1 DISABLE", row[3], count=1)
            if disabled != row[3]:
                message = f"The event {name} is disabled in the target: it would act by itself there."
                self.issues.append(Issue("event-disabled", message, "Enable it by hand, where the target needs it."))
            yield from self._program("event", name, row[1], disabled)

    def _views(self) -> Iterator[Statement]:
        found = {view.name.name: self._row_if_allowed("view", view.name.name)[1] for view in self.schema.views}
        texts = {name: self._local(text) for name, text in found.items() if text is not None}
        for name in _in_order(texts):
            yield Statement(Phase.AFTER, "view", name, without_definer(texts[name]))
        for name in found.keys() - texts.keys():
            self._hidden("view", name)

    def _program(
        self,
        kind: str,
        name: str,
        modes: str | None,
        text: str | None,
        table: TableName | None = None,
    ) -> Iterator[Statement]:
        if text is None:
            self._hidden(kind, name)
            return
        sql = self._local(without_definer(text))
        if self.replaces and kind != "trigger":
            sql = re.sub(r"\A\s*CREATE\s+(?!OR\s)", "CREATE OR REPLACE ", sql)
        yield Statement(Phase.AFTER, kind, name, with_modes(sql, modes or ""), table=table)

    def _hidden(self, kind: str, name: str) -> None:
        message = f"this login may not read the text of the {kind} {name}."
        remedy = "Grant it SHOW VIEW, TRIGGER or SHOW CREATE ROUTINE, or make it by hand in the target."
        self.issues.append(Issue("program-hidden", message, remedy))

    def _row_if_allowed(self, kind: str, name: str) -> tuple[str | None, ...]:
        """The row of SHOW CREATE; NULLs where this login may not read it, or what it reads from is gone."""
        try:
            return self._row(kind.upper(), name)
        except err.MySQLError as error:
            if error.args[0] in _LOST:
                raise
            return (None,) * 4

    def _show(self, what: str, name: str, place: int) -> str:
        text: str = self._row(what, name)[place]
        return text

    def _row(self, what: str, name: str) -> tuple[str, ...]:
        return self.wire.select(f"SHOW CREATE {what} {_quote(name)}")[0]

    def _local(self, sql: str) -> str:
        """Without the source's database before a name: in the target it would mean the source."""
        database = re.escape(self.schema.default_schema)
        quoted = re.escape(self.schema.default_schema.replace("`", "``"))
        qualified = re.compile(
            rf"({_SKIPPED})|(?<![\w$.`])(?:`{quoted}`|{database})\s*\.\s*({_NAME}|[\w$]+)", re.DOTALL | re.IGNORECASE
        )
        return qualified.sub(lambda match: match.group(1) or match.group(2), sql)


def _engine(table: Table) -> str:
    return dict(table.options).get("ENGINE", "").upper()


def _as_innodb(match: re.Match[str]) -> str:
    return match.group(1) or (f"{match.group(2)}InnoDB" if match.group(2) else "")


def _counter_key(table: Table, lines: Sequence[str]) -> list[str]:
    """The key that InnoDB wants on an auto-increment that stands first in no key: MyISAM counts within a prefix of one."""
    counted = [_quote(column.name) for column in table.columns if column.identity == "auto_increment"]
    keyed = [line for line in lines if re.match(r"\s*(?:PRIMARY |UNIQUE )?KEY ", line)]
    return [f"  KEY ({name})" for name in counted if not any(f"({name}" in line for line in keyed)]


def _in_order(views: dict[str, str]) -> list[str]:
    """Each view after those that its text names."""
    ordered: dict[str, None] = {}

    def visit(name: str, path: Sequence[str]) -> None:
        for other in views:
            if other != name and other not in path and _quote(other) in views[name]:
                visit(other, (*path, name))
        ordered.setdefault(name)

    for name in views:
        if name not in ordered:
            visit(name, ())
    return list(ordered)


def _quote(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _plain(quoted: str) -> str:
    return quoted.strip("`").replace("``", "`")
