"""Inferred foreign keys in the text of a plan: comments, until a person takes away their #."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from engine.profiling.keys.accept import to_declared
from engine.profiling.keys.inferred import InferredKey
from engine.profiling.percent import percent
from engine.subset.words import data_of
from engine.toml_text import before_tables, inline_text

BEGIN = (
    "# Foreign keys that the database does not declare, as inferred. To accept one, take away the # before its lines;"
)
HEAD = (
    BEGIN,
    "# `lookalike plan --accept-keys` accepts the likely ones. What is a comment here is written anew with every proposal.",
)
END = "# End of the inferred foreign keys."


def with_inferred(text: str, keys: Iterable[InferredKey], refused: Mapping[InferredKey, str] | None = None) -> str:
    """The plan's text with these keys as comments, in place of those of an earlier proposal. What a person has accepted stays.
    `refused`: what `check` would say of some of them."""
    return before_tables(_without(text), "\n".join(_lines(keys, refused or {})))


def _without(text: str) -> str:
    kept, inside = [], False
    for line in text.splitlines(keepends=True):
        inside = inside or line.startswith(BEGIN)
        if not inside or not (line.startswith("#") or not line.strip()):
            kept.append(line)
        inside = inside and not line.startswith(END)
    return "".join(kept)


def _lines(keys: Iterable[InferredKey], refused: Mapping[InferredKey, str]) -> Iterator[str]:
    listed = sorted(keys, key=lambda key: -key.probability)
    if listed:
        yield from HEAD
        for key in listed:
            yield "#"
            yield f"# # {percent(key.probability)}: {'; '.join(key.evidence)}"
            if key in refused:
                yield f"# # --accept-keys does not take it: {refused[key]}"
            yield "# [[foreign_keys]]"
            yield from (f"# {word} = {inline_text(value)}" for word, value in data_of(to_declared(key)).items())
        yield END
