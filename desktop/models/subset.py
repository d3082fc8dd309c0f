"""The subset of a plan as the page shows it: which rows are asked for, how foreign keys are followed, and how much that is.

What a plan may say, and whether it fits the database, is the engine's; here are forms, and the edits of the plan that they make.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop.models.columnar import Names
from desktop.models.grid import Cell, ListGrid
from desktop.models.plan import Edit
from desktop.theme.tokens import Tone
from engine.toml_text import inline_text


class Take(StrEnum):
    """How many of the rows that fit the condition."""

    EVERY = "every"
    PERCENT = "percent"
    ROWS = "rows"
    KEYS = "keys"


TAKES = {
    Take.EVERY: "every row of it",
    Take.PERCENT: "a sample, in percent",
    Take.ROWS: "a sample of so many rows",
    Take.KEYS: "rows with these keys",
}
FOLLOWS = {
    "owned": "children of roots and of what they own",
    "all": "children of every selected row",
    "none": "no children",
}
MISSING = {"bring": "brings its parent", "null": "is set NULL unless something else brings it"}


@dataclass(frozen=True, slots=True)
class Root:
    """A table to begin from, as its line of the form says it."""

    table: str
    where: str = field(default="", repr=False)
    take: Take = Take.EVERY
    amount: str = field(default="", repr=False)
    """Percent, rows or keys, as typed."""
    keys_file: str = ""
    """Said in the plan's text; the form leaves it as it is."""

    def mistake(self) -> str:
        """What is wrong with it as a form; empty where it can be written down."""
        if not self.table.strip():
            return "Choose a table."
        if self.take is Take.PERCENT and not 0 < (_number(self.amount) or 0) <= 100:
            return "Write a number above 0 and up to 100."
        if self.take is Take.ROWS and not (self.amount.strip().isdecimal() and int(self.amount) > 0):
            return "Write a whole number above 0."
        if self.take is Take.KEYS and not _keys(self.amount):
            return "Write keys, one after the other: 17; 18. Of several columns: 17,2024-05-01; 18,2024-06-01."
        return ""

    def data(self) -> dict[str, Any]:
        """As the plan says it."""
        said: dict[str, Any] = {"table": self.table.strip()}
        if self.where.strip():
            said["where"] = self.where.strip()
        if self.take is Take.PERCENT:
            number = _number(self.amount) or 0.0
            said["percent"] = int(number) if number.is_integer() else number
        elif self.take is Take.ROWS:
            said["rows"] = int(self.amount)
        elif self.take is Take.KEYS:
            said["keys"] = _keys(self.amount)
        return said | ({"keys_file": self.keys_file} if self.keys_file else {})


@dataclass(frozen=True, slots=True)
class Copies:
    """[clone]: an entity that the target gets several times."""

    table: str
    copies: str = "1"
    where: str = field(default="", repr=False)
    keys: str = field(default="", repr=False)
    original: bool = True

    def mistake(self) -> str:
        if not self.table.strip():
            return "Choose a table."
        if not (self.copies.strip().isdecimal() and int(self.copies) > 0):
            return "Write how many copies: a whole number above 0."
        if not self.where.strip() and not _keys(self.keys):
            return "Say which rows are copied: a condition, or keys."
        return ""

    def edit(self) -> Edit:
        said: dict[str, Any] = {"table": self.table.strip()}
        said |= {"keys": _keys(self.keys)} if _keys(self.keys) else {}
        said |= {"where": self.where.strip()} if self.where.strip() else {}
        said |= {"copies": int(self.copies)} | ({} if self.original else {"original": False})
        return Edit(("clone",), _lines(said))


@dataclass(frozen=True, slots=True)
class Key:
    """One foreign key of the subset, with what is done along it."""

    child: str
    key: str
    columns: tuple[str, ...]
    parent: str
    follow: str
    limit: int | None
    where: str = field(repr=False)
    missing: str
    said: bool
    """By the plan; else it is followed as ownership goes."""
    by_name: bool
    """Its columns do not tell which key is meant."""

    def data(self) -> dict[str, Any]:
        named: dict[str, Any] = {"table": self.child}
        named |= {"key": self.key} if self.by_name else {"columns": list(self.columns)}
        named |= {"follow": self.follow}
        named |= {"limit": self.limit} if self.limit is not None else {}
        named |= {"where": self.where} if self.where else {}
        return named | ({"missing": self.missing} if self.missing != "bring" else {})

    def in_words(self) -> str:
        """What happens along it."""
        some = f", at most {self.limit:,} of each parent" if self.limit is not None else ""
        those = ", only those of a condition" if self.where else ""
        down = (
            "no row of it comes by its parent" if self.follow == "none" else f"{FOLLOWS[self.follow]}{some}{those} come"
        )
        key = f"its reference to {self.parent} {MISSING[self.missing]}"
        return f"{self.child}: {down}; {key}."


@dataclass(frozen=True, slots=True)
class SubsetForm:
    """All that the plan says of which rows."""

    present: bool
    """The plan has a [subset]."""
    roots: tuple[Root, ...] = ()
    size: str = ""
    seed: int = 0
    whole: tuple[str, ...] = ()
    copies: Copies | None = None
    synthesises: bool = False
    tables: Names | None = None
    """Whose rows are read, and so may be chosen."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """What a proposal has put into the plan."""

    whole: tuple[str, ...]
    followed: int
    renewed: bool

    def in_words(self) -> str:
        if self.renewed:
            return "The roots are renewed; all else of the subset stays as it was."
        whole = f" Whole tables: {', '.join(self.whole)}." if self.whole else ""
        return f"Children come along {self.followed} foreign keys.{whole}"


@dataclass(frozen=True, slots=True)
class Amounts:
    """How many rows of each table, in the order of the load."""

    tables: Names
    rows: NDArray[np.int64]
    source: NDArray[np.int64]
    bytes: str
    """Of the target, in words."""
    exact: bool
    whole: NDArray[np.bool_] | None = None
    brought: Names | None = None
    """What brings most rows of each table."""
    notes: tuple[tuple[str, str], ...] = ()
    """Weight and sentence."""

    def summary(self) -> str:
        about = "" if self.exact else "About "
        return f"{about}{int(self.rows.sum()):,} of {int(self.source.sum()):,} rows, about {self.bytes}"


class AmountsGrid:
    """The amounts as a Grid; the share is drawn as a bar beside its words."""

    NUMBERS, SHARE = (1, 2), 3

    def __init__(self, amounts: Amounts) -> None:
        self._of = amounts
        # What is taken stands first; of 10,000 tables one wants to see the ten that matter.
        self._order = np.argsort(-(amounts.rows > 0).astype(np.int8), kind="stable")

    @property
    def headings(self) -> tuple[str, ...]:
        rows = "Rows" if self._of.exact else "Rows, about"
        return ("Table", rows, "In the source", "Share", *(("Mostly by",) if self._of.brought is not None else ()))

    @property
    def rows(self) -> int:
        return len(self._order)

    def share(self, row: int) -> float:
        at = self._order[row]
        return float(self._of.rows[at] / self._of.source[at]) if self._of.source[at] else 0.0

    def text(self, row: int, column: int) -> str:
        at = int(self._order[row])
        if column == 0:
            return self._of.tables[at]
        if column in (1, 2):
            return f"{int((self._of.rows, self._of.source)[column - 1][at]):,}"
        if column == self.SHARE:
            whole = self._of.whole is not None and bool(self._of.whole[at])
            return "whole" if whole else f"{100 * self.share(row):.3g} %" if self._of.source[at] else "no rows"
        return self._of.brought[at] if self._of.brought is not None else ""

    def tone(self, row: int, column: int) -> Tone:
        return Tone.PLAIN

    def tip(self, row: int, column: int) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class Because:
    """One row of the chain from a row to its root. Holds the real values of a key: for the screen, and for nothing else."""

    row: str = field(repr=False)
    why: str


def chain_grid(chain: Sequence[Because]) -> ListGrid:
    cells = tuple((Cell(str(number)), Cell(each.row), Cell(each.why)) for number, each in enumerate(chain, 1))
    return ListGrid(("Step", "Row", "Why it is there"), cells)


class KeysGrid:
    """Every foreign key, those that bring children first."""

    headings = ("Parent", "Child", "Foreign key", "Who brings children", "Said by")

    def __init__(self, keys: Sequence[Key]) -> None:
        self.keys = sorted(keys, key=lambda key: key.follow == "none")

    @property
    def rows(self) -> int:
        return len(self.keys)

    def text(self, row: int, column: int) -> str:
        key = self.keys[row]
        limit = f", at most {key.limit:,} each" if key.limit is not None else ""
        some = ", by a condition" if key.where else ""
        follow = FOLLOWS[key.follow] + ("" if key.follow == "none" else limit + some)
        said = "the plan" if key.said else "ownership"
        return (key.parent, key.child, ", ".join(key.columns) or key.key, follow, said)[column]

    def tone(self, row: int, column: int) -> Tone:
        return Tone.PLAIN

    def tip(self, row: int, column: int) -> str:
        return self.keys[row].in_words()


# Edits of the plan.


def subset_edits(form: SubsetForm, roots: Sequence[Root], size: str, seed: int) -> list[Edit]:
    """What makes the plan say these roots; an emptied form takes [subset] out where nothing else stands in it."""
    if not form.present:
        said: dict[str, Any] = {"seed": seed} if seed else {}
        said |= {"roots": [root.data() for root in roots]} | ({"size": size.strip()} if size.strip() else {})
        return [Edit(("subset",), _lines(said))]
    edits = []
    if tuple(roots) != form.roots:
        edits.append(Edit(("subset", "roots"), _roots(roots)))
    if size.strip() != form.size:
        edits.append(Edit(("subset", "size"), inline_text(size.strip()) if size.strip() else None))
    if seed != form.seed:
        edits.append(Edit(("subset", "seed"), str(seed) if seed else None))
    return edits


def keys_edits(form: SubsetForm, keys: Sequence[Key], changed: Key) -> list[Edit]:
    """What makes the plan follow this key so, and all others as it says now."""
    told = [key for key in keys if key.said and (key.child, key.key) != (changed.child, changed.key)]
    elements = [inline_text(key.data()) for key in (*told, changed)]
    value = "[\n" + "".join(f"    {element},\n" for element in elements) + "]"
    if not form.present:
        return [Edit(("subset",), f"roots = []\nedges = {value}\n")]
    return [Edit(("subset", "edges"), value)]


def _roots(roots: Sequence[Root]) -> str:
    if len(roots) < 2:
        return inline_text([root.data() for root in roots])
    return "[\n" + "".join(f"    {inline_text(root.data())},\n" for root in roots) + "]"


def _lines(data: dict[str, Any]) -> str:
    return "".join(f"{word} = {inline_text(value)}\n" for word, value in data.items())


def _number(text: str) -> float | None:
    try:
        return float(text.strip().rstrip("%").strip().replace(",", "."))
    except ValueError:
        return None


def _keys(text: str) -> list[list[str]]:
    """`17; 18` or, of several columns, `17,2024-05-01; 18,2024-06-01`, each quoted as in CSV where it needs it."""
    rows = [next(csv.reader([part.strip()], skipinitialspace=True), []) for part in text.split(";") if part.strip()]
    return [row for row in rows if row]
