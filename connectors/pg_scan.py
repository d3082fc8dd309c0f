"""Cut PostgreSQL's SQL text into tokens, so that nothing inside a literal, a body or a comment is ever taken for SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
      (?P<comment>--[^\n]*|/\*.*?\*/)
    | (?P<string>[eE]'(?:[^'\\]|''|\\.)*'|(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*')
    | (?P<body>(?P<tag>\$(?:[^\W\d]\w*)?\$).*?(?P=tag))
    | (?P<quoted>"(?:[^"]|"")*")
    | (?P<word>[^\W\d][\w$]*)
    | (?P<space>\s+)
    | (?P<other>\d[\w.]*|.)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    """comment, string, body (dollar-quoted), quoted (identifier), word, space, other."""
    text: str
    start: int

    @property
    def identifier(self) -> str | None:
        """The name that this token spells, None where it is none."""
        if self.kind == "quoted":
            return self.text[1:-1].replace('""', '"')
        return self.text.lower() if self.kind == "word" else None


def tokens(sql: str) -> Iterator[Token]:
    """Every token in order; their texts joined are the text."""
    for match in _TOKEN.finditer(sql):
        kind = match.lastgroup or "other"
        yield Token("body" if kind == "tag" else kind, match.group(), match.start())


def replace_words(sql: str, word: str, replacement: str) -> str:
    """The text with a bare keyword replaced wherever it is not quoted."""
    return "".join(
        replacement if token.kind == "word" and token.text.upper() == word else token.text for token in tokens(sql)
    )
