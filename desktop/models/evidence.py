"""What the Evidence page is told by the backend, as plain data. Sentences are the engine's own, word for word."""

from __future__ import annotations

from dataclasses import dataclass, field

from desktop.models.charts import Drawing, Gauge, Lineage

MOST_RUNS = 400
"""The newest that can be chosen."""
MOST_ISSUES = 300


@dataclass(frozen=True, slots=True)
class AssessmentEntry:
    """One assessment in the chooser."""

    id: str
    run: str | None
    plan: str
    state: str
    """`complete`, or that of its job."""
    began: str
    verdict: str = ""
    """Empty while it is not complete."""
    policy: str = ""

    @property
    def complete(self) -> bool:
        return self.state == "complete"


@dataclass(frozen=True, slots=True)
class RunEntry:
    """One run in the chooser, with what assessed it; the newest first."""

    id: str
    """Empty for assessments of a target whose run nobody knows."""
    plan: str
    state: str
    started: str
    assessments: tuple[AssessmentEntry, ...] = ()
    places: tuple[str, ...] = ("", "", "")
    """The plan's file, the source and the target, as somebody ordered it; empty where no job tells."""

    @property
    def assessed(self) -> AssessmentEntry | None:
        """The newest that is complete."""
        return next((each for each in self.assessments if each.complete), None)


@dataclass(frozen=True, slots=True)
class Shelf:
    runs: tuple[RunEntry, ...] = ()
    policies: tuple[tuple[str, str], ...] = ()
    """(Name, title) of those that come with the product."""
    older: int = 0
    """Runs that there was no room for."""


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What a run did, by its own sealed word."""

    id: str
    state: str
    plan: str
    path: str
    """Of the plan's file; empty where no job tells it."""
    source: str
    target: str
    began: str
    seconds: float
    rows: int
    tables: int
    mode: str = ""
    snapshot: str = ""
    strategy: str = ""
    ddl_tool: str = ""
    key: str = ""
    versions: tuple[tuple[str, str], ...] = ()
    guarantee: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    """The same in a line each: of the target as a whole where it has none, then of each population."""
    verified: str = ""
    """`pass`, `unchecked` (in part), `fault`; empty: nobody has verified it, as far as is known here."""
    verified_said: str = ""
    issues: tuple[tuple[str, str, str], ...] = ()
    """(Where, what, remedy)."""
    more_issues: int = 0
    """That there was no room for."""
    orphans: int = 0
    unchanged: int = 0
    sealed: str = ""
    """Empty: the evidence is the one that the catalog names; else why it is not."""


@dataclass(frozen=True, slots=True)
class TableRow:
    """One table of a run."""

    name: str
    target: str
    treatment: str
    rows: int
    seconds: float
    masked: int
    kept: int
    orphans: int
    unchanged: int
    merged: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the policy with what came of it."""

    asked: str
    verdict: str
    applies: bool
    required: bool
    sentence: str
    meaning: str
    source: str
    on: str
    figure: float | None = None
    remedies: tuple[str, ...] = ()
    """What helps, of each thing that fails."""
    failing: tuple[str, ...] = ()
    """The worst of the figures that do not hold, each in a sentence."""

    @property
    def shown(self) -> str:
        return self.verdict if self.applies else "does not apply"


@dataclass(frozen=True, slots=True)
class AttackTold:
    """One attack as a report tells it."""

    attack: str
    title: str
    tone: str
    """`alarm`, `calm`, `open`."""
    sentence: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """An assessment without its figures."""

    id: str
    run: str | None
    plan: str
    began: str
    seconds: float
    verdict: str
    policy: str = ""
    title: str = ""
    caution: str = ""
    sentence: str = ""
    sources: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()
    told: tuple[AttackTold, ...] = ()
    unasked: tuple[str, ...] = ()
    """Attacks that raise an alarm which the policy lets pass."""
    done: tuple[str, ...] = ()
    guarantee: tuple[str, ...] = ()
    """Of the target as a whole and of each population; the first sentence is what counts."""
    budgets: tuple[Gauge, ...] = ()
    left: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    """As in `RunFacts`."""
    seal: str = ""
    versions: tuple[tuple[str, str], ...] = ()
    entities: int = 0
    risks: int = 0
    quality: int = 0


@dataclass(frozen=True, slots=True)
class Result:
    """One figure of an attack or a metric."""

    kind: str
    """`risk` or `quality`."""
    name: str
    title: str
    family: str
    scope: str
    short: str
    """The scope where it is named often."""
    measure: str
    state: str
    verdict: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    main: float | None = None
    """How often the attack succeeds."""
    control: float | None = None
    """... on people it cannot know; of quality its ceiling."""
    guess: float | None = None
    """... without the target; of quality its floor."""
    limit: float | None = None
    least: bool = False
    alarm: bool = False
    passed: bool | None = None
    higher: bool = True
    """Of quality: higher is better."""
    source: bool = False
    """It speaks of the source itself, and is no finding of the target."""
    because: str = ""
    facts: str = ""

    @property
    def measured(self) -> bool:
        return self.state != "not measured"


@dataclass(frozen=True, slots=True)
class FigureIndex:
    """What can be drawn, without the drawings."""

    tables: tuple[tuple[str, int], ...] = ()
    """(Table, number of its drawings)."""
    lineage: Lineage = field(default_factory=Lineage)
    undrawn: tuple[tuple[str, int], ...] = ()
    """(`distributions`, how many there was no room for)..."""
    there: bool = True
    """False: this assessment kept no figures."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One drawing with its caption."""

    caption: str
    note: str
    drawing: Drawing


@dataclass(frozen=True, slots=True)
class Exported:
    folder: str
    files: tuple[str, ...]
    missing: str = ""
    """Why a format was not written."""
