"""What an assessment found, in the order in which a person should read it: what raises an alarm or does not hold comes first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from desktop.models.charts import Span, Spans, figure, hundredth
from desktop.models.evidence import AttackTold, Result, TableRow
from desktop.models.grid import Cell
from desktop.theme.tokens import Tone

MOST_SPANS = 60
"""Lines of one drawing; the list of details has them all."""
FAMILIES = ("validity", "fidelity", "utility", "diversity", "bias")
TONES = {"pass": Tone.GOOD, "fail": Tone.BAD, "not measured": Tone.CAUTION, "alarm": Tone.BAD, "invalid": Tone.CAUTION}


def tone_of(verdict: str) -> Tone:
    """How a verdict is shown, beside its word."""
    return TONES.get(verdict, Tone.PLAIN)


@dataclass(frozen=True)
class Finding:
    """All figures of one attack or one metric."""

    name: str
    title: str
    kind: str
    family: str
    tone: str
    """`alarm`, `open`, `good`, `calm`."""
    head: str
    """In a few words, for a list."""
    sentence: str
    remedy: str
    results: tuple[Result, ...]

    @cached_property
    def measured(self) -> tuple[Result, ...]:
        return tuple(each for each in self.results if each.value is not None)

    @cached_property
    def reasons(self) -> tuple[tuple[str, int], ...]:
        """Why figures are missing, and how many for each reason."""
        missing: dict[str, int] = {}
        for each in self.results:
            if not each.measured:
                missing[each.because] = missing.get(each.because, 0) + 1
        return tuple(sorted(missing.items(), key=lambda entry: -entry[1]))

    @property
    def rules(self) -> bool:
        """Questions of yes and no, which need no axis."""
        return bool(self.measured) and all(each.passed is not None for each in self.measured)

    @cached_property
    def gravest(self) -> tuple[Result, ...]:
        """What was measured, the worst first."""
        return tuple(sorted(self.measured, key=gravity, reverse=True))

    @cached_property
    def spans(self) -> Spans:
        """The gravest first."""
        share = self.kind == "risk"
        rows = tuple(_span(each, share=share) for each in self.gravest[:MOST_SPANS])
        return Spans(self.title, rows, share, max(0, len(self.gravest) - MOST_SPANS))


def gravity(result: Result) -> tuple[bool, bool, bool, float]:
    """Alarms and broken rules, then what the policy fails, then by the worse end. What is said of the source itself comes last."""
    wrong = result.alarm or result.passed is False
    return wrong, not result.source, result.verdict == "fail", _worse(result)


def _worse(result: Result) -> float:
    if result.kind == "risk":
        return result.high if result.high is not None else -1.0
    if result.value is None:
        return -1.0
    gap = (result.control if result.control is not None else 1.0) - result.value
    return gap if result.higher else -gap


def result_tone(result: Result) -> str:
    """What the sign before a figure says."""
    if result.alarm or result.passed is False or result.verdict == "fail":
        return "alarm"
    if result.state == "invalid":
        return "open"
    return "good" if result.passed else "calm"


def _span(result: Result, *, share: bool) -> Span:
    return Span(
        result.short, result.measure, result.value or 0.0, result.low, result.high, result.guess, result.control,
        result.limit, result.least, result_tone(result), _said(result, share=share),
    )  # fmt: skip


def _said(result: Result, *, share: bool) -> str:
    """Every number of one figure."""
    spelt = hundredth if share else figure
    unit = " of 100" if share else ""
    parts = [f"{spelt(result.value)}{unit}"] if result.value is not None else []
    if result.low is not None and result.high is not None:
        parts.append(f"95 % interval {spelt(result.low)} to {spelt(result.high)}")
    words = ("found", "people it cannot know", "guessing") if result.kind == "risk" else ("", "ceiling", "floor")
    for word, value in zip(words, (result.main, result.control, result.guess), strict=True):
        if word and value is not None:
            parts.append(f"{word} {spelt(value)}")
    if result.limit is not None:
        parts.append(f"policy: at {'least' if result.least else 'most'} {spelt(result.limit)}")
    parts += ["raises an alarm"] * result.alarm + ["does not hold"] * (result.passed is False)
    where = ", ".join(filter(None, (result.scope, result.measure)))
    return f"{where}: {'; '.join(parts)}"


def attacks(results: Sequence[Result], told: Iterable[AttackTold]) -> tuple[Finding, ...]:
    """One finding for each attack, in the order of the report."""
    by_name = _grouped(result for result in results if result.kind == "risk")
    return tuple(_attack(each, tuple(by_name.get(each.attack, ()))) for each in told)


def _attack(told: AttackTold, results: tuple[Result, ...]) -> Finding:
    head = _risk_head(results)
    return Finding(told.attack, told.title, "risk", "", told.tone, head, told.sentence, told.remedy, results)


def _risk_head(results: Sequence[Result]) -> str:
    alarms = sum(each.alarm for each in results)
    measured = [each for each in results if each.value is not None and not each.source]
    if not measured:
        return "not measured"
    worst = max(measured, key=gravity)
    head = f"{hundredth(worst.value or 0.0)} of 100"
    return f"{head} · {alarms} alarm{'s' if alarms != 1 else ''}" if alarms else head


def metrics(results: Sequence[Result]) -> tuple[Finding, ...]:
    """One finding for each metric: rules that do not hold first, then by family."""
    by_name = _grouped(result for result in results if result.kind == "quality")
    found = [_metric(name, tuple(each)) for name, each in by_name.items()]
    return tuple(
        sorted(found, key=lambda each: (each.tone != "alarm", FAMILIES.index(each.family), -len(each.measured)))
    )


def _metric(name: str, results: tuple[Result, ...]) -> Finding:
    rules = [each for each in results if each.passed is not None]
    broken = sum(each.passed is False for each in rules)
    alarms = sum(each.alarm for each in results)
    measured = [each for each in results if each.value is not None]
    tone = "alarm" if broken or alarms else "good" if rules else "calm" if measured else "open"
    head = _metric_head(rules, broken, alarms, measured)
    return Finding(name, results[0].title, "quality", results[0].family, tone, head, "", "", results)


def _metric_head(rules: Sequence[Result], broken: int, alarms: int, measured: Sequence[Result]) -> str:
    if rules:
        return f"{broken} of {len(rules)} do not hold" if broken else f"all {len(rules)} hold"
    if alarms:
        return f"{alarms} alarm{'s' if alarms != 1 else ''}"
    if not measured:
        return "not measured"
    values = sorted(each.value or 0.0 for each in measured)
    middle = values[len(values) // 2]
    return f"median {figure(round(middle, 3))} of {len(values)}"


def _grouped(results: Iterable[Result]) -> dict[str, list[Result]]:
    found: dict[str, list[Result]] = {}
    for each in results:
        found.setdefault(each.name, []).append(each)
    return found


@dataclass(frozen=True)
class ResultsGrid:
    """All figures as lines; thousands cost nothing until they are looked at."""

    results: Sequence[Result]
    headings: tuple[str, ...]
    """Nine, in the language of the window."""
    numbers: ClassVar[frozenset[int]] = frozenset({4, 5, 6, 7})

    @property
    def rows(self) -> int:
        return len(self.results)

    def cell(self, row: int, column: int) -> Cell:
        each = self.results[row]
        if column == 2:
            return Cell(result_word(each), _word_tone(each), each.because)
        texts = (
            each.title,
            each.short,
            "",
            each.measure,
            _number(each.value),
            _interval(each),
            _number(each.control),
            _number(each.guess),
            each.because or each.facts,
        )
        tips = {0: each.name, 1: each.scope, 8: each.because}
        return Cell(texts[column], tip=tips.get(column, ""))

    def text(self, row: int, column: int) -> str:
        return self.cell(row, column).text

    def tone(self, row: int, column: int) -> Tone:
        return self.cell(row, column).tone

    def tip(self, row: int, column: int) -> str:
        return self.cell(row, column).tip


def result_word(result: Result) -> str:
    """Its verdict in one word; an alarm is always said."""
    if result.passed is not None:
        return "holds" if result.passed else "does not hold"
    return "alarm" if result.alarm else result.verdict


def _word_tone(result: Result) -> Tone:
    if result.alarm or result.passed is False:
        return Tone.BAD
    return Tone.GOOD if result.passed else tone_of(result.verdict)


def _number(value: float | None) -> str:
    return "" if value is None else figure(round(value, 4))


def _interval(result: Result) -> str:
    if result.low is None or result.high is None:
        return ""
    return f"{_number(result.low)} to {_number(result.high)}"


@dataclass(frozen=True)
class Sieve:
    """Finds figures by words: every word must stand somewhere in its names or reason."""

    results: tuple[Result, ...]

    @cached_property
    def _texts(self) -> list[str]:
        return [
            " ".join(
                (each.name, each.title, each.scope, each.measure, result_word(each), each.family, each.because)
            ).casefold()
            for each in self.results
        ]

    def found(self, words: str, kind: str = "") -> tuple[Result, ...]:
        """`kind`: `risk`, `quality`, `wrong` (what raises an alarm, does not hold, or fails the policy) or empty for all."""
        sought = words.casefold().split()
        if not sought:
            return tuple(each for each in self.results if _is_kind(each, kind)) if kind else self.results
        return tuple(
            each
            for each, text in zip(self.results, self._texts, strict=True)
            if _is_kind(each, kind) and all(word in text for word in sought)
        )


def _is_kind(result: Result, kind: str) -> bool:
    if kind == "wrong":
        return result_tone(result) == "alarm"
    return not kind or result.kind == kind


@dataclass(frozen=True)
class TablesGrid:
    """The tables of a run as lines."""

    tables: Sequence[TableRow]
    headings: tuple[str, ...]
    """Ten, in the language of the window."""
    numbers: ClassVar[frozenset[int]] = frozenset({2, 3, 4, 5, 6, 7})

    @property
    def rows(self) -> int:
        return len(self.tables)

    def text(self, row: int, column: int) -> str:
        each = self.tables[row]
        counts = {2: each.rows, 3: each.masked, 4: each.kept, 5: each.orphans, 6: each.unchanged}
        if column in counts:
            return f"{counts[column]:,}" if counts[column] or column == 2 else ""
        return {0: each.name, 1: each.treatment, 7: f"{each.seconds:,.1f}", 8: each.merged, 9: each.target}[column]

    def tone(self, row: int, column: int) -> Tone:
        """Rows without a parent, and values that were masked to themselves, deserve a look."""
        return Tone.CAUTION if column in (5, 6) and self.text(row, column) else Tone.PLAIN

    def tip(self, row: int, column: int) -> str:
        return ""
