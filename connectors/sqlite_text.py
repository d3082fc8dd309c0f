"""Reads the text of CREATE TABLE and CREATE INDEX for what SQLite's pragmas do not tell: checks, names, collations, deferral."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""(?P<space>\s+|--[^\n]*|/\*.*?(?:\*/|\Z))|(?P<string>'(?:[^']|'')*')"""
    r"""|(?P<quoted>"(?:[^"]|"")*"|\[[^\]]*\]|`(?:[^`]|``)*`)|(?P<word>[^\W\d][\w$]*)|(?P<other>[\d.]+\w*|.)""",
    re.DOTALL,
)
_STARTS = frozenset({"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"})


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """The keyword this may be; empty for a quoted name or a literal."""
        return self.text.upper() if self.kind == "word" else ""

    @property
    def name(self) -> str:
        """The identifier this is, quotes removed."""
        if self.kind not in ("quoted", "string"):
            return self.text
        closing = self.text[-1]
        return self.text[1:-1].replace(closing * 2, closing) if closing != "]" else self.text[1:-1]


@dataclass(frozen=True, slots=True)
class KeyText:
    """A PRIMARY KEY or UNIQUE as written; `columns` folded to lower case."""

    name: str | None
    columns: tuple[str, ...]
    primary: bool


@dataclass(frozen=True, slots=True)
class ReferenceText:
    name: str | None
    columns: tuple[str, ...]
    parent: str
    deferrable: bool
    initially_deferred: bool


@dataclass(frozen=True, slots=True)
class CheckText:
    name: str | None
    expression: str
    identifiers: frozenset[str]
    """Every name in it, folded to lower case."""


@dataclass(slots=True)
class TableText:
    """What the text of a CREATE TABLE adds to the pragmas. Column names are folded to lower case."""

    collations: dict[str, str] = field(default_factory=dict)
    generated: dict[str, str] = field(default_factory=dict)
    autoincrement: bool = False
    keys: list[KeyText] = field(default_factory=list)
    references: list[ReferenceText] = field(default_factory=list)
    checks: list[CheckText] = field(default_factory=list)


def tokens(sql: str) -> list[Token]:
    """The tokens of a statement without spaces and comments."""
    found = (Token(str(m.lastgroup), m.group(), m.start(), m.end()) for m in _TOKEN.finditer(sql))
    return [token for token in found if token.kind != "space"]


def identifiers(text: str) -> frozenset[str]:
    """Every name in an expression, quoted or not, folded to lower case."""
    return frozenset(token.name.lower() for token in tokens(text) if token.kind in ("word", "quoted"))


def parse_table(sql: str) -> TableText:
    """Read the body of a CREATE TABLE. What it does not understand it leaves out; the pragmas stay the truth."""
    found = TableText()
    all_tokens = tokens(sql)
    opening = next((at for at, token in enumerate(all_tokens) if token.text == "("), len(all_tokens))
    body, _ = _group(all_tokens, opening)
    for item in _split(body):
        _Item(sql, item, found).read()
    return found


def partial_condition(sql: str) -> str | None:
    """The WHERE of a CREATE INDEX."""
    depth = 0
    for token in tokens(sql):
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth == 0 and token.word == "WHERE":
            return sql[token.end :].strip()
    return None


def index_parts(sql: str) -> str:
    """What stands between the parentheses of a CREATE INDEX."""
    all_tokens = tokens(sql)
    opening = next((at for at, token in enumerate(all_tokens) if token.text == "("), len(all_tokens))
    inside, _ = _group(all_tokens, opening)
    return sql[inside[0].start : inside[-1].end] if inside else ""


class _Item:
    """One comma-separated part of a CREATE TABLE: a column with its constraints, or table constraints."""

    def __init__(self, sql: str, item: list[Token], found: TableText) -> None:
        self._sql, self._tokens, self._found, self._at = sql, item, found, 0
        self._constraint: str | None = None
        self._column: str | None = None

    def read(self) -> None:
        if self._tokens and self._tokens[0].word not in _STARTS:
            self._column = self._next().name.lower()
        while self._at < len(self._tokens):
            self._constraint_part(self._next())

    def _constraint_part(self, token: Token) -> None:
        own = (self._column,) if self._column else ()
        match token.word:
            case "CONSTRAINT":
                self._constraint = self._next().name
                return
            case "CHECK":
                inside = self._parenthesised()
                self._found.checks.append(CheckText(self._constraint, inside, identifiers(inside)))
            case "PRIMARY" | "UNIQUE":
                self._take("KEY")
                columns = own or self._names()
                self._found.keys.append(KeyText(self._constraint, columns, token.word == "PRIMARY"))
            case "AUTOINCREMENT":
                self._found.autoincrement = True
            case "COLLATE" if self._column:
                self._found.collations[self._column] = self._next().name.upper()
            case "AS" if self._column:
                self._found.generated[self._column] = self._parenthesised()
            case "FOREIGN":
                self._take("KEY")
                columns = self._names()
                self._take("REFERENCES")
                self._reference(columns)
            case "REFERENCES":
                self._reference(own)
            case "DEFAULT" | "ON":
                self._skip_operand()
                return
            case _:
                return
        self._constraint = None

    def _reference(self, columns: tuple[str, ...]) -> None:
        parent = self._next().name
        if self._peek() == "(":
            self._names()
        deferrable = deferred = False
        while self._at < len(self._tokens):
            word = self._tokens[self._at].word
            if word in ("ON", "MATCH"):
                self._at += 2
                if word == "ON" and self._at < len(self._tokens):
                    self._at += 2 if self._tokens[self._at].word in ("SET", "NO") else 1
            elif word == "NOT" and self._word_at(self._at + 1) == "DEFERRABLE":
                self._at += 2
                self._initially()
            elif word == "DEFERRABLE":
                self._at += 1
                deferrable, deferred = True, self._initially()
            else:
                break
        self._found.references.append(ReferenceText(self._constraint, columns, parent, deferrable, deferred))

    def _initially(self) -> bool:
        if self._word_at(self._at) != "INITIALLY":
            return False
        self._at += 2
        return self._word_at(self._at - 1) == "DEFERRED"

    def _names(self) -> tuple[str, ...]:
        group, self._at = _group(self._tokens, self._at)
        return tuple(part[0].name.lower() for part in _split(group) if part)

    def _parenthesised(self) -> str:
        group, self._at = _group(self._tokens, self._at)
        return self._sql[group[0].start : group[-1].end] if group else ""

    def _skip_operand(self) -> None:
        # DEFAULT (expression) may hold any word, CHECK too; ON CONFLICT x holds none of ours.
        if self._peek() == "(":
            _, self._at = _group(self._tokens, self._at)
        else:
            self._at += 1

    def _next(self) -> Token:
        self._at += 1
        return self._tokens[self._at - 1] if self._at <= len(self._tokens) else Token("other", "", 0, 0)

    def _take(self, word: str) -> None:
        self._at += self._word_at(self._at) == word

    def _peek(self) -> str:
        return self._tokens[self._at].text if self._at < len(self._tokens) else ""

    def _word_at(self, at: int) -> str:
        return self._tokens[at].word if at < len(self._tokens) else ""


def _group(all_tokens: list[Token], opening: int) -> tuple[list[Token], int]:
    """The tokens inside the parenthesis that opens at `opening`, and the place after it closes."""
    depth = 0
    for at in range(opening, len(all_tokens)):
        depth += {"(": 1, ")": -1}.get(all_tokens[at].text, 0)
        if depth == 0:
            return all_tokens[opening + 1 : at], at + 1
    return all_tokens[opening + 1 :], len(all_tokens)


def _split(body: Iterable[Token]) -> Iterator[list[Token]]:
    depth, part = 0, list[Token]()
    for token in body:
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if token.text == "," and depth == 0:
            yield part
            part = []
        else:
            part.append(token)
    yield part
