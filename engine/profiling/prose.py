"""Prose: columns of sentences, read for the people in them with a language model, within a budget of processor seconds."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from connectors.names import TableName
from connectors.schema import Kind
from engine.jobs.control import Control, Progress, Report
from engine.profiling.facts import LONGEST, ColumnFacts
from engine.profiling.finding import Clue, NotExamined
from engine.profiling.reading import Reader, Told, tell
from engine.profiling.taxonomy import TAXONOMY
from engine.profiling.telling import clue
from engine.text.language import DEFAULT, FUNCTION_WORDS, common_language
from engine.text.model import package_of

FIRST_ROUND = 16
"""Texts of every column that are read before more of any is."""
BATCH = 64
WORKERS = 2
WORTH = 15.0
"""Seconds of reading from which on other processes are started: each loads a model first."""
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
    asked: int = 0
    """Texts handed to the reader, the first ones."""
    read: int = 0
    seconds: float = 0.0
    """Of the processor, for those that were read."""
    holding: Counter[str] = field(default_factory=Counter)
    """What one text can hold (`engine.profiling.telling.told`) -> texts that hold it."""

    @property
    def expected(self) -> float:
        """Seconds for all that was handed out so far."""
        return self.seconds / max(1, self.read) * self.asked

    def ask(self, count: int) -> tuple[list[str], str]:
        """The next texts to read, and their language."""
        texts = self.texts[self.asked : self.asked + count]
        self.asked += len(texts)
        return texts, self.language

    def add(self, told: Told) -> None:
        self.read += told.texts
        self.seconds += told.seconds
        self.holding.update(told.holding)


def read_prose(
    columns: Sequence[ColumnFacts],
    seconds: float,
    control: Control | None = None,
    progress: Report = lambda _: None,
) -> tuple[Mapping[tuple[TableName, str], Inside], tuple[NotExamined, ...]]:
    """What the texts of columns of prose hold: some of every column first, then by turns until the budget is spent.

    `seconds` are of the processor. Raises Cancelled where `control` asks for it.
    """
    control = control or Control()
    prose = [_Column(facts, facts.texts.to_pylist(), _language(facts)) for facts in columns if is_prose(facts)]
    for column in prose:
        control.check()
        progress(_so_far(prose, column))
        if _spent(prose) < seconds:
            column.add(tell(*column.ask(FIRST_ROUND)))
    with Reader(_workers(prose, seconds)) as reader:
        _by_turns(prose, seconds, reader, control, progress)
    inside = {(each.facts.table.name, each.facts.column.name): _inside(each) for each in prose if each.read}
    return inside, tuple(missed for each in prose for missed in _missed(each))


def _by_turns(prose: Sequence[_Column], seconds: float, reader: Reader, control: Control, progress: Report) -> None:
    """Read on, always of the column that has had the least time."""
    running: dict[Future[Told], _Column] = {}
    while True:
        control.check()
        waiting = [each for each in prose if each.asked < len(each.texts)]
        while waiting and len(running) < reader.slots and sum(each.expected for each in prose) < seconds:
            column = min(waiting, key=lambda each: each.expected)
            running[reader.submit(*column.ask(BATCH))] = column
            waiting = [each for each in prose if each.asked < len(each.texts)]
        if not running:
            return
        for done in wait(running, return_when=FIRST_COMPLETED).done:
            column = running.pop(done)
            column.add(done.result())
            progress(_so_far(prose, column))


def _workers(prose: Sequence[_Column], seconds: float) -> int:
    """Processes of their own, where there is more to read than it costs to start them."""
    left = sum(each.seconds / each.read * (len(each.texts) - each.read) for each in prose if each.read)
    return WORKERS if min(left, seconds - _spent(prose)) > WORTH and (os.cpu_count() or 1) > 1 else 0


def _so_far(prose: Sequence[_Column], column: _Column) -> Progress:
    """How many texts of all columns are read, and which of them are at hand."""
    read, all_ = sum(each.read for each in prose), sum(len(each.texts) for each in prose)
    return Progress("texts", column.facts.table.name, total_rows=read, total_estimated=all_, unit="text")


def _spent(prose: Sequence[_Column]) -> float:
    return sum(each.seconds for each in prose)


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


def _language(facts: ColumnFacts) -> str:
    return common_language(facts.texts.slice(0, 100).to_pylist()) or DEFAULT


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
