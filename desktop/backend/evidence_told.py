"""Evidence, assessments and figures of the engine as the plain data that the page shows. No word is changed on the way."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from connectors.database import Issue
from desktop.models import charts
from desktop.models.evidence import (
    MOST_ISSUES,
    AttackTold,
    Drawn,
    FigureIndex,
    Line,
    Result,
    RunFacts,
    Summary,
    TableRow,
)
from engine.assessment.assessed import Assessed, seal
from engine.assessment.result import Fact, Quality, Risk
from engine.assessment.verdict import LineVerdict, Verdict
from engine.evidence import Evidence, TableEvidence
from engine.jobs.events import JobState
from engine.jobs.ledger import Job
from engine.privacy.guarantee import Guarantee, NoGuarantee
from engine.privacy.said import BANDS, sentences
from engine.report.figures import Figures
from engine.report.words import capital, done, of_source, remedy_of, shortened, title_of, told

_WORDS = re.compile(r"_|(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
"""Where a word of a metric's name ends."""
MOST_FAILING = 12
"""Figures of one line that are named."""


def facts_of(evidence: Evidence, jobs: Sequence[Job], *, sealed: bool) -> RunFacts:
    """A run; `sealed`: the catalog names this very evidence."""
    job = next((each for each in jobs if each.id == evidence.run), None)
    verified, said = _verified(evidence.run, jobs)
    issues = tuple(map(_issue, evidence.issues[:MOST_ISSUES]))
    return RunFacts(
        evidence.run, evidence.state, evidence.plan, ((job.about or {}).get("plan", "") if job else ""), evidence.source,
        evidence.target, evidence.started, evidence.seconds, evidence.rows, len(evidence.tables), evidence.mode,
        evidence.snapshot, evidence.strategy, evidence.ddl_tool, evidence.key, tuple(evidence.versions.items()),
        tuple(_claims(evidence.guarantee, evidence.guarantees)),
        tuple(_in_short(evidence.guarantee, evidence.guarantees)), verified, said, issues, max(0, len(evidence.issues) - MOST_ISSUES),
        sum(sum(table.orphans.values()) for table in evidence.tables),
        sum(sum(table.unchanged.values()) for table in evidence.tables),
        "" if sealed else "The evidence of this run is not the one that the catalog names: it was changed, or it is another one.",
    )  # fmt: skip


def _issue(issue: Issue) -> tuple[str, str, str]:
    where = ".".join(filter(None, (str(issue.table or ""), issue.column or "")))
    return where, issue.message, issue.remedy


def _verified(run: str, jobs: Sequence[Job]) -> tuple[str, str]:
    """What the newest finished verification of this run came to."""
    for job in jobs:
        if job.kind == "verify" and (job.about or {}).get("run") == run and job.state is JobState.COMPLETE:
            return job.outcome or "pass", job.sentence or ""
    return "", ""


def rows_of(evidence: Evidence) -> Iterator[TableRow]:
    for table in evidence.tables:
        yield _row(table)


def _row(table: TableEvidence) -> TableRow:
    merged = ", ".join(f"{count:,} {word}" for word, count in table.merged.items())
    return TableRow(
        str(table.name), str(table.target) if table.target else "", table.treatment, table.rows, table.seconds,
        len(table.masked), len(table.kept), sum(table.orphans.values()), sum(table.unchanged.values()), merged,
    )  # fmt: skip


def _claim(claim: Guarantee | NoGuarantee) -> str:
    """As the command line says it."""
    if isinstance(claim, NoGuarantee):
        return f"No guarantee: {claim.reason}."
    return f"Of {claim.population}: epsilon {claim.epsilon:g}, delta {claim.delta:g}."


def _claims(whole: Guarantee | NoGuarantee, each: Sequence[Guarantee | NoGuarantee]) -> Iterator[str]:
    """Of each population with all that it means, then of the target as a whole."""
    for claim in each:
        if isinstance(claim, Guarantee):
            yield _claim(claim)
            yield from sentences(claim)
        elif claim != whole:
            yield _claim(claim)
    if isinstance(whole, NoGuarantee):
        yield _claim(whole)


def _in_short(whole: Guarantee | NoGuarantee, each: Sequence[Guarantee | NoGuarantee]) -> Iterator[str]:
    """That the target as a whole has no guarantee is said before what one population of it has."""
    first = (whole,) if isinstance(whole, NoGuarantee) else ()
    yield from dict.fromkeys(map(_claim, (*first, *each)))


def summary_of(assessed: Assessed) -> Summary:
    policy = assessed.policy
    judged = () if policy is None else tuple(map(_line, policy.lines))
    return Summary(
        assessed.id, assessed.run, assessed.plan, assessed.began, assessed.seconds, assessed.verdict,
        policy.policy if policy else "", policy.title if policy else "", policy.caution if policy else "",
        policy.sentence if policy else "", policy.sources if policy else (), judged,
        tuple(AttackTold(each.attack, each.title, each.tone, each.sentence, each.remedy) for each in told(assessed.risks)),
        tuple(_unasked(assessed)), tuple(done(assessed)), tuple(_claims(assessed.guarantee, assessed.guarantees)),
        tuple(_gauges(assessed)), assessed.left,
        tuple(_in_short(assessed.guarantee, assessed.guarantees)), seal(assessed.to_json()), tuple(assessed.versions.items()),
        sum(table.source_sampled or 0 for table in assessed.tables.values()), len(assessed.risks), len(assessed.quality),
    )  # fmt: skip


def _unasked(assessed: Assessed) -> list[str]:
    """Attacks that raise an alarm which the policy lets pass."""
    alarms = {risk.attack for risk in assessed.risks if risk.alarm}
    failed = {risk.attack for risk in assessed.risks if assessed.verdict_of(risk) == Verdict.FAIL.value}
    return sorted(map(title_of, alarms - failed)) if assessed.policy is not None else []


def _gauges(assessed: Assessed) -> Iterator[charts.Gauge]:
    bands = tuple((most, word) for most, word in BANDS if most != float("inf"))
    for spent in assessed.budgets:
        yield charts.Gauge(spent.population, spent.epsilon, spent.delta, spent.cap, bands)


def _line(judged: LineVerdict) -> Line:
    failing = sorted(
        (each for each in judged.looked if each.verdict is Verdict.FAIL), key=lambda each: -(each.figure or 0.0)
    )
    names = dict.fromkeys(each.name for each in failing)
    helps = (
        f"{title_of(name)}: {remedy_of(name)}" for name in names if judged.line.subject == "attack" and remedy_of(name)
    )
    asked, metric = judged.line.asked, judged.line.subject == "metric"
    return Line(
        asked.replace(judged.line.name, metric_title(judged.line.name), 1) if metric else asked,
        judged.verdict.value, judged.applies, judged.line.required, judged.sentence, judged.line.meaning,
        judged.line.source, judged.line.on, judged.figure, tuple(helps), tuple(each.sentence for each in failing[:MOST_FAILING]),
    )  # fmt: skip


Limits = Mapping[tuple[str, str, str], tuple[float, bool]]


def _limits(assessed: Assessed) -> Limits:
    """The strictest bound that a line of the policy sets to a figure, and whether it is a least one."""
    found: dict[tuple[str, str, str], tuple[float, bool]] = {}
    for judged in assessed.policy.lines if assessed.policy is not None else ():
        least = judged.line.bound == "least"
        if judged.line.bound not in ("most", "least"):
            continue
        for each in judged.looked:
            at, limit = (each.name, each.scope, each.measure), judged.line.limit
            known = found.get(at)
            if known is None or (known[1] == least and (limit > known[0]) == least):
                found[at] = (limit, least)
    return found


def results_of(assessed: Assessed) -> Iterator[Result]:
    """Every figure: first the risks, then the quality."""
    limits = _limits(assessed)
    for risk in assessed.risks:
        yield _risk(risk, assessed.verdict_of(risk), limits.get((risk.attack, risk.scope, risk.measure)))
    for each in assessed.quality:
        yield _quality(each, assessed.verdict_of(each), limits.get((each.metric, each.scope, each.measure)))


def _risk(risk: Risk, verdict: str, limit: tuple[float, bool] | None) -> Result:
    whole, (bound, least) = risk.risk, limit or (None, False)
    return Result(
        "risk", risk.attack, title_of(risk.attack), "", risk.scope, shortened(risk.scope), risk.measure, risk.state.value,
        verdict, whole.value if whole else None, whole.low if whole else None, whole.high if whole else None,
        risk.main.value if risk.main else None, risk.control.value if risk.control else None,
        risk.baseline.value if risk.baseline else None, bound, least, alarm=risk.alarm, source=of_source(risk),
        because=capital(risk.because), facts=_facts(risk.facts),
    )  # fmt: skip


def _quality(each: Quality, verdict: str, limit: tuple[float, bool] | None) -> Result:
    bound, least = limit or (None, False)
    return Result(
        "quality", each.metric, metric_title(each.metric), each.family, each.scope, shortened(each.scope), each.measure,
        each.state.value, verdict, each.value, each.low, each.high, None, each.ceiling, each.floor, bound, least, alarm=each.alarm,
        passed=each.passed, higher=each.better == "higher", because=capital(each.because), facts=_facts(each.facts),
    )  # fmt: skip


def metric_title(name: str) -> str:
    """`Referential integrity` for `ReferentialIntegrity`: as it is called in the field, in words; `TV complement`, `C2ST-Agg`."""
    words = _WORDS.sub(" ", name).split()
    first, *others = words or [name]
    return " ".join(
        (first[:1].upper() + first[1:], *(word if word[1:] != word[1:].lower() else word.lower() for word in others))
    )


def _facts(facts: Mapping[str, Fact]) -> str:
    return ", ".join(f"{name} {_fact(value)}" for name, value in facts.items() if value is not None)


def _fact(value: Fact) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return charts.figure(value) if isinstance(value, int | float) else str(value)


def figure_index(figures: Figures) -> FigureIndex:
    """Tables with the number of their drawings, those of most drawings in the order of the engine: the least alike first."""
    count = Counter(each.table for each in figures.distributions)
    count.update(_root(each.scope) for each in figures.heat_maps)
    count.update(each.child for each in figures.cardinalities)
    nodes = tuple(
        charts.Node(each.table, each.treatment, each.layer, each.row, each.itself) for each in figures.lineage.nodes
    )
    lineage = charts.Lineage(nodes, figures.lineage.edges, figures.lineage.undrawn)
    return FigureIndex(tuple(count.items()), lineage, tuple(figures.undrawn.items()))


def _root(scope: str) -> str:
    """The table of a scope: an entity is named by its root."""
    return scope.partition(" with ")[0]


def drawn_of(figures: Figures, table: str) -> Iterator[Drawn]:
    """Distributions, children per parent, columns together: of one table."""
    for each in figures.distributions:
        if each.table == table:
            note = "" if each.distance is None else f"distance {each.distance:.2f}"
            drawing = charts.Pairs(
                each.column, "", each.labels, each.source, each.target, each.kind != "category", each.distance
            )
            yield Drawn(each.column, note, drawing)
    for bars in figures.cardinalities:
        if bars.child == table:
            caption = f"{bars.child} per {bars.parent}"
            yield Drawn(
                caption, bars.key, charts.Pairs(caption, "", bars.labels, bars.source, bars.target, upright=True)
            )
    for heat in figures.heat_maps:
        if _root(heat.scope) == table:
            yield Drawn(
                shortened(heat.scope), "", charts.Heat(heat.scope, heat.names, heat.source, heat.target, heat.undrawn)
            )
