"""Hold what was measured against a policy: for every line pass, fail or not measured, with the figure and a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from engine.assessment.comparison import Comparison
from engine.assessment.policy import Line, Policy, like
from engine.assessment.result import Quality, Rests, Risk, State
from engine.assessment.view import Made
from engine.privacy.guarantee import Guarantee, NoGuarantee


class Verdict(StrEnum):
    PASS = "pass"
    FAIL = "fail"
    NOT_MEASURED = "not measured"
    OMITTED = "omitted"
    """In what is released: it rests on the source. Nothing is judged so."""


NOTHING = "Nothing of this was measured"
_WORST = (Verdict.FAIL, Verdict.NOT_MEASURED, Verdict.PASS)


@dataclass(frozen=True, slots=True)
class Scope:
    """What the name of a scope stands for."""

    kind: str
    """As in a policy's line: `table`, `entity`, `key` (a way along foreign keys), `target`."""
    made: Made | None
    """None: of the target as a whole."""


@dataclass(frozen=True, slots=True)
class Looked:
    """One figure that a line was held against."""

    name: str
    """The attack, metric or population."""
    scope: str
    measure: str
    verdict: Verdict
    figure: float | None
    sentence: str
    rests: Rests


@dataclass(frozen=True, slots=True)
class LineVerdict:
    line: Line
    verdict: Verdict
    sentence: str
    """Of the worst of the figures."""
    figure: float | None = None
    applies: bool = True
    """False: the target has nothing of what the line is about, and nothing is missing."""
    looked: tuple[Looked, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "asked": self.line.asked,
            "verdict": self.verdict.value,
            "figure": self.figure,
            "sentence": self.sentence,
            "applies": self.applies,
            "line": asdict(self.line),
            "looked": [asdict(each) for each in self.looked],
        }


@dataclass(frozen=True)
class PolicyVerdict:
    policy: str
    title: str
    caution: str
    sources: tuple[str, ...]
    overall: Verdict
    """`fail` where a line fails, `not measured` where a required line is not measured, else `pass`."""
    sentence: str
    lines: tuple[LineVerdict, ...] = field(default_factory=tuple)

    def to_json(self) -> dict[str, Any]:
        return {
            "policy": self.policy,
            "title": self.title,
            "caution": self.caution,
            "sources": list(self.sources),
            "verdict": self.overall.value,
            "sentence": self.sentence,
            "lines": [line.to_json() for line in self.lines],
        }

    def of(self, name: str, scope: str, measure: str) -> Verdict | None:
        """The worst verdict of any line that looked at this figure; None: no line did."""
        return self._of.get((name, scope, measure))

    @cached_property
    def _of(self) -> dict[tuple[str, str, str], Verdict]:
        looked = [each for line in self.lines for each in line.looked]
        looked.sort(key=lambda each: _WORST.index(each.verdict), reverse=True)
        return {(each.name, each.scope, each.measure): each.verdict for each in looked}


def verdict_read(said: Mapping[str, Any]) -> PolicyVerdict:
    """What `PolicyVerdict.to_json` has said. Raises KeyError, TypeError, ValueError for anything else."""
    return PolicyVerdict(
        said["policy"], said["title"], said["caution"], tuple(said["sources"]), Verdict(said["verdict"]),
        said["sentence"], tuple(map(_line_read, said["lines"])),
    )  # fmt: skip


def scopes_of(comparison: Comparison) -> dict[str, Scope]:
    """Every table and entity that a result of this comparison may be of, and what it stands for."""
    tables = {str(table.name): Scope("table", comparison.made.get(table.name)) for table in comparison.schema.tables}
    entities = {entity.scope: Scope("entity", entity.made) for entity in comparison.entities}
    views = {view.scope: Scope("entity" if view.entity else "table", view.made) for view in comparison.views}
    return {"target": Scope("target", None)} | tables | entities | views


def judge(
    policy: Policy,
    *,
    risks: Sequence[Risk],
    quality: Sequence[Quality],
    guarantee: Guarantee | NoGuarantee,
    guarantees: Sequence[Guarantee | NoGuarantee] = (),
    scopes: Mapping[str, Scope],
) -> PolicyVerdict:
    """What the policy says of these results: every line of it, and the whole."""
    made = {scope.made for scope in scopes.values()}
    lines = tuple(_judged(line, risks, quality, guarantees or (guarantee,), scopes, made) for line in policy.lines)
    overall = _overall(lines)
    sentence = _said(overall, lines)
    return PolicyVerdict(policy.name, policy.title, policy.caution, policy.sources, overall, sentence, lines)


def _judged(
    line: Line,
    risks: Iterable[Risk],
    quality: Iterable[Quality],
    guarantees: Iterable[Guarantee | NoGuarantee],
    scopes: Mapping[str, Scope],
    made: set[Made | None],
) -> LineVerdict:
    if not _there(line, made):
        sentence = f"Does not apply: nothing in this target is {line.on}."
        return LineVerdict(line, Verdict.NOT_MEASURED, sentence, applies=False)
    if line.subject == "guarantee":
        looked = tuple(_guaranteed(line, each) for each in guarantees)
    elif line.subject == "attack":
        asked = (risk for risk in risks if line.speaks_of(risk.attack, risk.measure))
        looked = tuple(_attacked(line, risk) for risk in asked if _within(line, risk.scope, scopes))
    else:
        looked = tuple(_shown(line, each) for each in quality if _asked(line, each, scopes))
    if not looked:
        return LineVerdict(line, Verdict.NOT_MEASURED, _nothing(line, risks))
    verdict = _verdict(line, looked)
    worst = min((each for each in looked if each.verdict is verdict), key=lambda each: _rank(line, each.figure))
    return LineVerdict(line, verdict, worst.sentence + _others(looked), worst.figure, looked=looked)


def _nothing(line: Line, risks: Iterable[Risk]) -> str:
    """That there is no figure, and why: what the attack says of itself where it could not begin."""
    missing = (risk for risk in risks if risk.state is State.NOT_MEASURED and like(risk.attack, line.name))
    reasons = dict.fromkeys(risk.because.removesuffix(".") for risk in missing) if line.subject == "attack" else {}
    return ": ".join(filter(None, (NOTHING, "; ".join(list(reasons)[:2])))) + "."


def _verdict(line: Line, looked: Sequence[Looked]) -> Verdict:
    """Fail where one fails; pass where what was measured passes, and there is some of it."""
    found = {each.verdict for each in looked}
    if Verdict.FAIL in found:
        return Verdict.FAIL
    missing = Verdict.NOT_MEASURED in found and line.every
    return Verdict.PASS if Verdict.PASS in found and not missing else Verdict.NOT_MEASURED


def _others(looked: Sequence[Looked]) -> str:
    """How the other figures stand."""
    count = {verdict: sum(each.verdict is verdict for each in looked) for verdict in _WORST}
    told = (f"{number} {verdict.value}" for verdict, number in count.items() if number)
    return f" Of {len(looked)} figures: {', '.join(told)}." if len(looked) > 1 else ""


def _there(line: Line, made: set[Made | None]) -> bool:
    """Is anything in the target of the kind that the line is about? Where nothing was measured, nobody knows that there is not."""
    return line.on == "any" or not made or any(_of_kind(line, each) for each in made if each is not None)


def _of_kind(line: Line, made: Made | None) -> bool:
    return line.on == "any" or made is None or (made is Made.SYNTHETIC) == (line.on == "synthetic")


def _within(line: Line, scope: str, scopes: Mapping[str, Scope]) -> bool:
    known = scopes.get(scope) or _nearest(scope, scopes)
    return line.scope in (None, known.kind) and _of_kind(line, known.made)


def _nearest(scope: str, scopes: Mapping[str, Scope]) -> Scope:
    """A scope of a measurement's own naming is made as the table is with whose name it begins: `visit(person_id) -> person`."""
    begins = [name for name in scopes if scope.startswith((f"{name}.", f"{name} ", f"{name}("))]
    return Scope("key" if " -> " in scope else "", scopes[max(begins, key=len)].made if begins else None)


def _asked(line: Line, quality: Quality, scopes: Mapping[str, Scope]) -> bool:
    name = quality.family if line.subject == "family" else quality.metric
    return line.speaks_of(name, quality.measure) and _within(line, quality.scope, scopes)


def _attacked(line: Line, risk: Risk) -> Looked:
    figure = getattr(risk.risk, line.end) if risk.risk is not None else None
    missing = risk.state is State.NOT_MEASURED or (risk.risk is None and line.bound != "alarm")
    missing |= line.bound == "alarm" and risk.uncontrolled and not risk.alarm
    found = Verdict.NOT_MEASURED if missing else _held(line, figure, risk.alarm, None)
    if risk.state is State.INVALID and found is Verdict.PASS and line.invalid != "pass":
        found = Verdict.NOT_MEASURED
    sentence = _sentence(line, risk.attack, risk.scope, risk.measure, found, figure, risk.because)
    return Looked(risk.attack, risk.scope, risk.measure, found, figure, sentence, risk.rests)


def _shown(line: Line, quality: Quality) -> Looked:
    figure: float | None = getattr(quality, line.end)
    measured = quality.state is State.MEASURED and (figure is not None or line.bound in ("holds", "alarm"))
    found = _held(line, figure, quality.alarm, quality.passed) if measured else Verdict.NOT_MEASURED
    sentence = _sentence(line, quality.metric, quality.scope, quality.measure, found, figure, quality.because)
    return Looked(quality.metric, quality.scope, quality.measure, found, figure, sentence, quality.rests)


def _guaranteed(line: Line, guarantee: Guarantee | NoGuarantee) -> Looked:
    if isinstance(guarantee, NoGuarantee):
        sentence = f"There is no guarantee: {guarantee.reason}."
        return Looked("guarantee", "target", line.name, Verdict.FAIL, None, sentence, Rests.DECLARED)
    figure = guarantee.epsilon if line.name == "epsilon" else guarantee.delta
    found = Verdict.PASS if figure <= line.limit else Verdict.FAIL
    sentence = _sentence(line, "guarantee", guarantee.population, line.name, found, figure, "")
    return Looked("guarantee", guarantee.population, line.name, found, figure, sentence, Rests.DECLARED)


def _held(line: Line, figure: float | None, alarm: bool, passed: bool | None) -> Verdict:
    if line.bound == "alarm":
        return Verdict.FAIL if alarm else Verdict.PASS
    if line.bound == "holds":
        return Verdict.NOT_MEASURED if passed is None else Verdict.PASS if passed else Verdict.FAIL
    if figure is None:
        return Verdict.NOT_MEASURED
    return Verdict.PASS if (figure <= line.limit if line.bound == "most" else figure >= line.limit) else Verdict.FAIL


def _rank(line: Line, figure: float | None) -> float:
    """The figure nearest to the wrong side of the bound stands for all that were looked at."""
    if figure is None:
        return 0.0
    return figure if line.bound == "least" else -figure


_ENDS = {"low": " (lower end of its interval)", "value": "", "high": " (upper end of its interval)"}


def _sentence(
    line: Line, name: str, scope: str, measure: str, found: Verdict, figure: float | None, because: str
) -> str:
    what = f"{name}{f', {measure},' if measure else ''} of {scope}"
    why = f" {because[:1].upper()}{because[1:].removesuffix('.')}." if because else ""
    if found is Verdict.NOT_MEASURED:
        return f"{what}: not measured.{why}"
    if line.bound in ("holds", "alarm"):
        words = {"holds": ("holds", "does not hold"), "alarm": ("raises no alarm", "raises an alarm")}[line.bound]
        return f"{what}: {words[found is Verdict.FAIL]}.{why}"
    fits = "within" if found is Verdict.PASS else "outside"
    return f"{what}: {figure:.3g}{_ENDS[line.end]}, {fits} the bound of at {line.bound} {line.limit:g}.{why}"


def _overall(lines: Sequence[LineVerdict]) -> Verdict:
    asked = [line for line in lines if line.applies]
    if any(line.verdict is Verdict.FAIL for line in asked):
        return Verdict.FAIL
    missing = any(line.line.required and line.verdict is Verdict.NOT_MEASURED for line in asked)
    return Verdict.PASS if not missing and any(line.verdict is Verdict.PASS for line in asked) else Verdict.NOT_MEASURED


def _said(overall: Verdict, lines: Sequence[LineVerdict]) -> str:
    asked = [line for line in lines if line.applies]
    count = {verdict: sum(line.verdict is verdict for line in asked) for verdict in _WORST}
    told = ", ".join(f"{number} {verdict.value}" for verdict, number in count.items())
    words = {
        Verdict.PASS: "Every line that was measured holds, and so does everything that must be measured",
        Verdict.FAIL: "At least one line does not hold",
        Verdict.NOT_MEASURED: "Something that must be measured was not",
    }
    return f"{words[overall]} (of the lines that apply: {told})."


def _line_read(said: Mapping[str, Any]) -> LineVerdict:
    looked = tuple(
        Looked(**each | {"verdict": Verdict(each["verdict"]), "rests": Rests(each["rests"])}) for each in said["looked"]
    )
    line = Line(**said["line"])
    return LineVerdict(line, Verdict(said["verdict"]), said["sentence"], said["figure"], said["applies"], looked)
