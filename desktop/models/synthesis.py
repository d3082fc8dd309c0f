"""Synthesis as the page shows it: whose privacy, for what budget, which tables, by which model. Rules and words of privacy are the
engine's; here are the fields of a form, the edits that they make, and what stands where."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from desktop.models.columnar import Names
from desktop.models.plan import Edit, Trouble
from desktop.theme.tokens import Tone
from engine.toml_text import inline_text

AUTO = "auto"
CLEAR, FAINT, DROWNED, EXACT = "clear", "faint", "drowned", "exact"
BANDS = {
    CLEAR: ("good", Tone.GOOD),
    FAINT: ("thin", Tone.CAUTION),
    DROWNED: ("hopeless", Tone.BAD),
    EXACT: ("no privacy", Tone.BAD),
}
"""The engine's word for what noise leaves of the signal -> ours, and how it is said."""


class Class(StrEnum):
    """Where a table stands to the protected person."""

    UNIT = "the person"
    OWNED = "owned by the person"
    SEVERAL = "several owners"
    UNOWNED = "private, without a path"
    PUBLIC = "public"
    MASKED = "masked"
    COPIED = "copied"
    EMPTY = "empty"
    DROPPED = "dropped"


_TONES = {
    Class.UNIT: Tone.ACCENT, Class.OWNED: Tone.GOOD, Class.SEVERAL: Tone.BAD, Class.UNOWNED: Tone.BAD, Class.PUBLIC: Tone.CAUTION,
    Class.COPIED: Tone.CAUTION,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TableClass:
    """One table of the plan."""

    table: str
    of: Class
    becomes: str
    reason: str = ""
    """Of a public or copied table."""
    owners: tuple[tuple[str, ...], ...] = ()
    """Columns of the keys that could own its rows, where a person has to say which."""
    trouble: str = ""
    """What stands in the way of a guarantee here."""


@dataclass(frozen=True, slots=True)
class Said:
    """What [privacy] says, as texts of its fields."""

    unit: str = ""
    epsilon: str = "1"
    delta: str = "1e-06"
    entities: str = ""
    population: str = ""
    cap: str = ""
    model: str = AUTO
    generate: str = ""
    options: tuple[tuple[str, str], ...] = ()
    """As TOML."""
    owners: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class SynthesisForm:
    on: bool
    """The plan has [privacy]."""
    said: Said
    tables: tuple[TableClass, ...] = ()
    more: int = 0
    """Masked, emptied and dropped tables beyond those that are listed."""
    units: Names | None = None
    """Tables with a key, whose rows are people first."""
    missing: str = ""
    """Which packages synthesis needs, and how they are installed."""
    promise: tuple[str, ...] = ()
    """In the engine's words."""
    troubles: tuple[Trouble, ...] = ()
    """What stands in the way of the promise, but for the model's options: those are known with the budget."""
    scale: str = ""
    """Which epsilon is strong and which is weak, in the engine's words."""

    @property
    def sound(self) -> bool:
        """Can its budget be reckoned?"""
        return not any(trouble.error and trouble.code != "privacy-few" for trouble in self.troubles)


@dataclass(frozen=True, slots=True)
class Option:
    name: str
    kind: str
    default: str
    help: str


@dataclass(frozen=True, slots=True)
class Model:
    name: str
    summary: str
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Rung:
    epsilon: float
    band: str


@dataclass(frozen=True, slots=True)
class Spent:
    """Of the population's budget, already."""

    epsilon: float
    """Infinite where something was learned without noise."""
    cap: float
    releases: int
    fault: str = ""

    def in_words(self, epsilon: float) -> str:
        """What is spent, and what one training at this epsilon would add."""
        if self.fault:
            return f"The ledger is not as it was written: {self.fault}."
        if not math.isfinite(self.epsilon):
            return "No guarantee is left: something was learned of this population without noise."
        times = "1 release" if self.releases == 1 else f"{self.releases} releases"
        spent = (
            f"Epsilon {self.epsilon:g} is spent by {times}" if self.epsilon else "Nothing is spent of this population"
        )
        if not math.isfinite(epsilon):
            return f"{spent}; its cap is {self.cap:g}."
        sum_ = self.epsilon + epsilon
        return (
            f"{spent}; with one training at {epsilon:g} more it comes to at most {sum_:g}, and its cap is {self.cap:g}."
        )

    @property
    def share(self) -> float:
        return min(1.0, self.epsilon / self.cap) if self.cap > 0 and math.isfinite(self.epsilon) else 1.0


@dataclass(frozen=True, slots=True)
class Gauge:
    """What the plan's budget leaves of the signal."""

    epsilon: float
    band: str
    """Empty where nobody declares how many people there are."""
    noise: str
    ladder: tuple[Rung, ...]
    recommended: float | None
    model: str
    parts: tuple[tuple[str, float], ...]
    sentences: tuple[str, ...]
    by_entities: tuple[tuple[int, str], ...] = ()
    """At usual numbers of people, where none is declared."""


@dataclass(frozen=True, slots=True)
class Budget:
    """All that a look at the budget found."""

    troubles: tuple[Trouble, ...] = ()
    gauge: Gauge | None = None
    spent: Spent | None = None


FIELDS = {
    "privacy-epsilon": "epsilon", "no-privacy": "epsilon", "privacy-weak": "epsilon", "privacy-delta": "delta", "privacy-cap": "cap",
    "privacy-few": "entities", "privacy-model": "model", "privacy-unit": "unit", "privacy-unit-key": "unit",
    "privacy-population": "population", "plan-missing-key": "epsilon",
}  # fmt: skip
"""The code of a problem -> the field that it stands beside."""


def beside(troubles: Sequence[Trouble]) -> dict[str, Trouble]:
    """What is to be said beside each field: an error before a warning."""
    found: dict[str, Trouble] = {}
    for trouble in sorted(troubles, key=lambda each: not each.error):
        name = FIELDS.get(trouble.code)
        if name is not None:
            found.setdefault(name, trouble)
    return found


def elsewhere(troubles: Sequence[Trouble]) -> list[Trouble]:
    """Errors that no field has a place for."""
    return [each for each in troubles if each.error and each.code not in FIELDS and not each.table]


def number(text: str) -> float | None:
    """As a person writes it; `inf` is one, NaN is none."""
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return None if math.isnan(value) else value


def mistake(name: str, text: str) -> str:
    """What is wrong with the text of a field before the plan can say it; the engine says the rest."""
    if name in ("epsilon", "delta") or (name == "cap" and text.strip()):
        return "" if number(text) is not None else "Write a number, such as 1.0 or 1e-6."
    if name == "entities" and text.strip():
        whole = text.replace(",", "").strip()
        return "" if whole.isdecimal() and int(whole) > 0 else "Write a whole number above 0, or nothing."
    if name in ("unit", "population") and not text.strip():
        return "Say it."
    return ""


def field_edit(name: str, text: str) -> Edit:
    """What makes [privacy] say this. Call `mistake` first."""
    path, said = ("privacy", name), text.strip()
    if not said or (name == "model" and said == AUTO):
        return Edit(path, None)
    if name in ("epsilon", "delta", "cap"):
        value = number(said) or 0.0
        return Edit(path, "inf" if value == math.inf else inline_text(value))
    if name == "entities":
        return Edit(path, str(int(said.replace(",", ""))))
    if name == "generate":
        share = number(said)
        return Edit(path, inline_text(said if share is None else float(share)))
    return Edit(path, inline_text(said))


def public_edits(table: str, reason: str) -> list[Edit]:
    """A table copied as it is, because it says nothing of people: somebody says why."""
    return [
        Edit(("tables", table), f'treatment = "public"\nreason = {inline_text(reason.strip())}\n'),
    ]


def empty_edits(table: str) -> list[Edit]:
    return [Edit(("tables", table), 'treatment = "empty"\n')]


def owner_edit(said: Said, table: str, columns: Sequence[str]) -> Edit:
    """Which key owns the rows of a table with several ways to the person."""
    owners = [(name, of) for name, of in said.owners if name != table] + [(table, tuple(columns))]
    elements = [inline_text({"table": name, "columns": list(of)}) for name, of in owners]
    return Edit(("privacy", "owners"), f"[{', '.join(elements)}]")


def option_edits(said: Said, name: str, text: str) -> list[Edit]:
    """One option of the model, as TOML; an empty text takes it out."""
    if not text.strip() and len(said.options) == 1 and said.options[0][0] == name:
        return [Edit(("privacy", "options"), None)]
    return [Edit(("privacy", "options", name), text.strip() or None)]


def model_edits(said: Said, model: str) -> list[Edit]:
    """Another model: the options of the one before are none of its own."""
    edits = [field_edit("model", model)]
    return [*edits, Edit(("privacy", "options"), None)] if said.options else edits


class TablesGrid:
    """The tables of the plan by what they are to the person."""

    headings = ("Table", "Is", "Becomes", "Remark")

    def __init__(self, tables: Sequence[TableClass]) -> None:
        self.tables = tuple(tables)

    @property
    def rows(self) -> int:
        return len(self.tables)

    def text(self, row: int, column: int) -> str:
        table = self.tables[row]
        return (table.table, table.of.value, table.becomes, table.trouble or table.reason)[column]

    def tone(self, row: int, column: int) -> Tone:
        table = self.tables[row]
        if column == 1:
            return _TONES.get(table.of, Tone.PLAIN)
        return Tone.BAD if column == 3 and table.trouble else Tone.PLAIN

    def tip(self, row: int, column: int) -> str:
        return self.text(row, column) if column == 3 else ""


class OptionsGrid:
    """The options of one model, with what the plan says of them."""

    headings = ("Option", "Value", "Is", "What it is")

    def __init__(self, model: Model, said: Said) -> None:
        self.options, self._given = model.options, dict(said.options)

    @property
    def rows(self) -> int:
        return len(self.options)

    def value(self, row: int) -> str:
        """What the plan says; empty where it leaves it to the preset."""
        return self._given.get(self.options[row].name, "")

    def text(self, row: int, column: int) -> str:
        option = self.options[row]
        value = self.value(row) or f"{option.default} (usual)"
        return (option.name, value, option.kind, option.help)[column]

    def tone(self, row: int, column: int) -> Tone:
        return Tone.ACCENT if column == 1 and self.value(row) else Tone.PLAIN

    def tip(self, row: int, column: int) -> str:
        return self.options[row].help
