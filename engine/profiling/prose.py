"""Prose: columns of sentences, read for the people in them with a language model, within a budget of processor seconds."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from connectors.names import TableName
from connectors.schema import Kind
from engine.profiling.facts import LONGEST, ColumnFacts
from engine.profiling.finding import Clue, NotExamined
from engine.profiling.taxonomy import TAXONOMY
from engine.profiling.telling import clue, told
from engine.text.find import find
from engine.text.language import DEFAULT, FUNCTION_WORDS, common_language
from engine.text.model import package_of

FIRST_ROUND = 16
"""Texts of every column that are read before more of any is."""
BATCH = 64
WORDS = 5
"""From so many words on a text can be a sentence."""
SENTENCES = 0.1
"""The least share of sentences among the values of a column of prose."""
LANGUAGE_NAMES = {
    "en": "English",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "it": "Italian",
    "nl": "Dutch",
    "pt": "Portuguese",
}
_FUNCTION_WORD = rf"(?i)\b(?:{'|'.join(sorted(frozenset().union(*FUNCTION_WORDS.values())))})\b"
_LOWER = r"(?:^|\s)\p{Ll}['\p{Ll}-]*"
LOWER = 3
"""Words in lower case that a sentence has: names of streets have fewer."""
_DOCUMENT = r"^\s*[\[{<]"


@dataclass(frozen=True)
class Inside:
    """What was found in the texts of one column."""

    entities: tuple[tuple[str, float], ...] = ()
    """Each entity of the taxonomy with the share of texts that hold one, the commonest first."""
    clues: tuple[Clue, ...] = ()
    texts: int = 0
    """Different texts that were read."""


@dataclass
class _Column:
    """A column while it is read."""

    facts: ColumnFacts
    texts: list[str]
    language: str
    read: int = 0
    seconds: float = 0.0
    holding: Counter[str] = field(default_factory=Counter)
    """Entity of the taxonomy, or a word of `engine.profiling.telling`, -> texts that hold one."""

    def next(self, count: int) -> list[str]:
        return self.texts[self.read : self.read + count]


def read_prose(
    columns: Sequence[ColumnFacts], seconds: float, languages: Sequence[str] = (DEFAULT,)
) -> tuple[Mapping[tuple[TableName, str], Inside], tuple[NotExamined, ...]]:
    """What the texts of columns of prose hold: some of every column first, then by turns until the budget is spent.

    `seconds` are of the processor; `languages` are tried first where a column's own cannot be told.
    """
    prose = [
        _Column(facts, facts.texts.to_pylist(), _language(facts, languages)) for facts in columns if is_prose(facts)
    ]
    deadline = time.process_time() + seconds
    for column in prose:
        if time.process_time() < deadline:
            _read(column, FIRST_ROUND)
    while (waiting := [each for each in prose if each.read < len(each.texts)]) and time.process_time() < deadline:
        _read(min(waiting, key=lambda each: each.seconds), BATCH)
    inside = {(each.facts.table.name, each.facts.column.name): _inside(each) for each in prose if each.read}
    return inside, tuple(missed for each in prose for missed in _missed(each))


def is_prose(facts: ColumnFacts) -> bool:
    """Are there sentences among its values: several words, function words of a language among them, and words in lower case?"""
    texts = facts.texts
    if facts.key or facts.column.kind not in (Kind.TEXT, Kind.OTHER) or not len(texts):
        return False
    long = pc.greater_equal(pc.count_substring_regex(texts, r"\S+"), WORDS)
    lower = pc.greater_equal(pc.count_substring_regex(texts, _LOWER), LOWER)
    sentence = pc.and_(pc.and_(long, lower), pc.match_substring_regex(texts, _FUNCTION_WORD))
    document = pc.match_substring_regex(texts, _DOCUMENT)
    return _share(pc.and_(sentence, pc.invert(document))) >= SENTENCES


def _share(marks: pa.Array) -> float:
    return (pc.sum(marks).as_py() or 0) / max(1, len(marks))


def _language(facts: ColumnFacts, languages: Sequence[str]) -> str:
    return common_language(facts.texts.slice(0, 100).to_pylist()) or (languages[0] if languages else DEFAULT)


def _read(column: _Column, count: int) -> None:
    """The next texts of a column. A loop over distinct texts, as a model reads sentences."""
    started, texts = time.process_time(), column.next(count)
    for text, spans in zip(texts, find(texts, "ner", column.language), strict=True):
        column.holding.update(told(text, spans))
    column.read += len(texts)
    column.seconds += time.process_time() - started


def _inside(column: _Column) -> Inside:
    shares = {what: count / column.read for what, count in column.holding.items()}
    entities = tuple(
        sorted(((what, share) for what, share in shares.items() if what in TAXONOMY), key=lambda item: -item[1])
    )
    return Inside(entities, (clue(shares, column.read),), column.read)


def _missed(column: _Column) -> Iterator[NotExamined]:
    """What was not read of a column, and why."""
    table, name, sample = column.facts.table.name, column.facts.column.name, column.facts.sample
    if left := len(column.texts) - column.read:
        reason = f"{left} of {len(column.texts)} different texts were not read: the time for reading text was used up"
        yield NotExamined(table, name, "budget", reason)
    if sample is not None and sample.cut:
        yield NotExamined(
            table, name, "cut", f"{sample.cut} texts are longer than {LONGEST} characters: their ends were not read"
        )
    if column.read and package_of(column.language) is None:
        language = LANGUAGE_NAMES[column.language]
        reason = (
            f"its texts are {language} and no language model for that is installed: names were looked for in lists only"
        )
        yield NotExamined(table, name, "language", reason)
