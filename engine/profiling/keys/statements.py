"""A file of SQL as people have it: plain statements, a server's log, or the statistics of its statements."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

MOST_BYTES = 64 << 20
"""Read of a file: a longer log says the same again."""
MOST = 20_000
"""Different statements."""
_LOGGED = re.compile(r"(?:\bstatement|\bexecute [^:]*|\bparse [^:]*):\s*(?=\S)", re.IGNORECASE)
"""PostgreSQL: `LOG:  duration: 1.2 ms  execute <unnamed>: SELECT ...`"""
_ENTRY = re.compile(r"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d|^\w+:\s{2}|^\[\d+\]")
_GENERAL = re.compile(r"^(?:\d{6} +\d+:\d\d:\d\d|\d{4}-\d\d-\d\dT\S+)?\s+\d+ (Query|Execute|Prepare)\t")
_GENERAL_ENTRY = re.compile(r"^(?:\d{6} +\d+:\d\d:\d\d|\d{4}-\d\d-\d\dT\S+)?\s+\d+ [A-Z]\w+(?: \w+)?\t")
_SLOW = re.compile(r"^# (?:Time|User@Host|Query_time):", re.MULTILINE)
_QUESTION = re.compile(
    r"\s*(?:/\*.*?\*/\s*)*(?:select|with|insert|update|delete|merge|create|replace|\()", re.IGNORECASE | re.DOTALL
)


def read_statements(path: Path) -> tuple[str, ...]:
    """The different statements of a file: plain SQL, a log of PostgreSQL or MySQL, or pg_stat_statements as CSV. Raises OSError."""
    with path.open("rb") as file:
        text = file.read(MOST_BYTES).decode("utf-8", "replace")
    found: dict[str, None] = {}
    for statement in _statements(text):
        stripped = statement.strip().rstrip(";")
        if _QUESTION.match(stripped):
            found[stripped] = None
        if len(found) >= MOST:
            break
    return tuple(found)


def _statements(text: str) -> Iterator[str]:
    lines = text.splitlines()
    if lines and "," in lines[0] and "query" in {name.strip().strip('"').lower() for name in lines[0].split(",")}:
        return _of_statistics(text)
    if any(_GENERAL.match(line) for line in lines[:200]):
        return _of_general_log(lines)
    if _SLOW.search(text[:20_000]):
        return _split("\n".join(line for line in lines if not line.startswith("#")))
    if any(_ENTRY.match(line) and _LOGGED.search(line) for line in lines[:2000]):
        return _of_server_log(lines)
    return _split(text)


def _of_statistics(text: str) -> Iterator[str]:
    csv.field_size_limit(MOST_BYTES)
    for row in csv.DictReader(io.StringIO(text, newline=None)):
        yield next((value for name, value in row.items() if name and name.lower() == "query" and value), "")


def _of_server_log(lines: list[str]) -> Iterator[str]:
    """What follows `statement:`, with its lines after the first, which begin with a tab (or with nothing)."""
    current: list[str] = []
    for line in lines:
        if _ENTRY.match(line):
            yield "\n".join(current)
            logged = _LOGGED.search(line)
            current = [_unquoted(line, logged.end())] if logged is not None else []
        elif current:
            current.append(line)
    yield "\n".join(current)


def _unquoted(line: str, start: int) -> str:
    """A message of a csvlog ends at its quote."""
    statement = line[start:]
    before = line[:start]
    if before.count('"') % 2:
        statement = re.split(r'(?<!")"(?:,|$)', statement)[0].replace('""', '"')
    return statement


def _of_general_log(lines: list[str]) -> Iterator[str]:
    current: list[str] = []
    for line in lines:
        if _GENERAL_ENTRY.match(line):
            yield "\n".join(current)
            logged = _GENERAL.match(line)
            current = [line[logged.end() :]] if logged is not None else []
        elif current:
            current.append(line)
    yield "\n".join(current)


_TOKEN = re.compile(
    r"""'(?:[^'\\]|''|\\.)*'|"(?:[^"]|"")*"|`[^`]*`|--[^\n]*|/\*.*?\*/|\$(\w*)\$.*?\$\1\$|;""", re.DOTALL
)


def _split(text: str) -> Iterator[str]:
    """Statements between semicolons that stand outside quotes and comments."""
    start = 0
    for token in _TOKEN.finditer(text):
        if token.group() == ";":
            yield _uncommented(text[start : token.start()])
            start = token.end()
    yield _uncommented(text[start:])


def _uncommented(statement: str) -> str:
    return re.sub(r"\A(?:\s*--[^\n]*\n)+", "", statement)
