"""Read [privacy] of a plan and the decisions on columns that are learned: every mistake with its line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from math import isnan
from typing import Any, TypeGuard

from connectors.names import TableName
from engine.privacy.spec import How, Learn, Owner, PrivacySpec
from engine.privacy.words import DOMAIN, OWNER, PRIVACY
from engine.toml_places import Path
from engine.toml_values import Values, meant

LEARN = ("learn", "new")
"""The two words that decide a column of a synthesised table, beside `mask`."""
_PATH: Path = ("privacy",)
_ENTITIES = re.compile(r"\s*([1-9]\d*)\s*(?:entities|entity)?\s*\Z")


class PrivacyReader:
    """Turns what a plan says of synthesis into its dataclasses."""

    def __init__(self, values: Values) -> None:
        self.values = values

    def privacy(self, data: Mapping[str, Any]) -> PrivacySpec | None:
        if "privacy" not in data:
            return None
        section = self.values.mapping(data, "privacy", ())
        self.values.known(section, PRIVACY, _PATH)
        unit = self._table(section, "unit", _PATH)
        read = {
            "population": self._text(section, "population", required=True),
            "epsilon": self._number(section, "epsilon", required=True),
            "delta": self._number(section, "delta", required=True),
            "cap": self._number(section, "cap"),
            "discarded": self._text(section, "discarded"),
            "entities": self.values.whole(section, "entities", _PATH),
            "model": self._text(section, "model") or "auto",
            "options": dict(self.values.mapping(section, "options", _PATH)),
            "generate": self._generate(section),
            "where": self._text(section, "where"),
            "conditions": self.values.strings(section, "conditions", _PATH),
            "balance": self._text(section, "balance"),
            "apart": self._text(section, "apart"),
            "bounds": self._bounds(section),
            "owners": self._owners(section),
        }
        holdout = self._number(section, "holdout")
        rest = {"holdout": holdout} if holdout is not None else {}
        if unit is None or read["population"] is None or read["epsilon"] is None or read["delta"] is None:
            return None  # each of them is a problem by now
        return PrivacySpec(unit=unit, **read, **rest)  # type: ignore[arg-type]

    def learn(self, data: Mapping[str, Any], path: Path, column: str) -> Learn | None:
        """How one column is learned, of `{ learn = "..." }` or `{ new = "key" }`."""
        how = self._how(data, path, column)
        if how is None:
            return None
        if "mask" not in data:  # what else is said beside a mask are its options
            self.values.known(data, ("new" if how is How.KEY else "learn", *DOMAIN[how], "accepted"), path, column)
        return Learn(
            how,
            low=self._end(data, "low", path, column),
            high=self._end(data, "high", path, column),
            step=self._step(data, path, column),
            values=self._values(data, path, column),
            attested=self.values.string(data, "attested", path, column) or None,
            bins=self.values.whole(data, "bins", path, least=2),
        )

    def _how(self, data: Mapping[str, Any], path: Path, column: str) -> How | None:
        word, known = (
            ("new", (How.KEY.value,)) if "new" in data else ("learn", tuple(how.value for how in How if how != How.KEY))
        )
        text = self.values.string(data, word, path, column)
        if text is not None and text in known:
            return How(text)
        if text is not None:
            reason = f"{word} cannot be {text!r}.{meant(text, known)}"
            self.values.problem("plan-learn", (*path, word), reason, f"Write one of {', '.join(known)}.", column)
        return None

    def _end(self, data: Mapping[str, Any], key: str, path: Path, column: str) -> float | str | None:
        value = data.get(key)
        if value is None or isinstance(value, str) or _number(value):
            return value
        if isinstance(value, datetime | date | time):
            return value.isoformat()
        self.values.wrong_type((*path, key), "a number, a date or a time", column)
        return None

    def _step(self, data: Mapping[str, Any], path: Path, column: str) -> float | None:
        value = data.get("step")
        if value is None or (_number(value) and value > 0):
            return value
        self.values.wrong_type((*path, "step"), "a number above 0", column)
        return None

    def _values(self, data: Mapping[str, Any], path: Path, column: str) -> tuple[str | int | float | bool, ...]:
        listed = data.get("values", [])
        if isinstance(listed, list):
            plain = [item.isoformat() if isinstance(item, datetime | date | time) else item for item in listed]
            if all(isinstance(item, str | bool) or _number(item) for item in plain):
                return tuple(plain)
        self.values.wrong_type((*path, "values"), "a list of texts, numbers or dates", column)
        return ()

    def _table(self, data: Mapping[str, Any], key: str, path: Path) -> TableName | None:
        text = self.values.string(data, key, path, required=True)
        return self.values.table_name(text, (*path, key)) if text is not None else None

    def _text(self, data: Mapping[str, Any], key: str, *, required: bool = False) -> str | None:
        text = self.values.string(data, key, _PATH, required=required)
        if text is not None and not text.strip():
            self.values.problem("plan-type", (*_PATH, key), f"{key} is empty.", "Write it, or take it out.")
            return None
        return text

    def _number(self, data: Mapping[str, Any], key: str, *, required: bool = False) -> float | None:
        value = data.get(key)
        if _number(value):
            return float(value)
        if value is not None:
            self.values.wrong_type((*_PATH, key), "a number")
        elif required:
            self.values.problem("plan-missing-key", _PATH, f"{key} is missing.", f"Write {key} = a number.")
        return None

    def _generate(self, data: Mapping[str, Any]) -> float | int:
        value = data.get("generate", 1.0)
        if isinstance(value, float) and 0 < value < float("inf"):
            return value
        if isinstance(value, str) and (match := _ENTITIES.match(value)):
            return int(match.group(1))
        wanted = 'a share of the entities such as 1.0, or a number of them such as "20000 entities"'
        self.values.wrong_type((*_PATH, "generate"), wanted)
        return 1.0

    def _bounds(self, data: Mapping[str, Any]) -> dict[TableName, int]:
        path: Path = (*_PATH, "bounds")
        section = self.values.mapping(data, "bounds", _PATH)
        named = {
            self.values.table_name(text, (*path, text)): self.values.whole(section, text, path) for text in section
        }
        return {table: most for table, most in named.items() if table is not None and most is not None}

    def _owners(self, data: Mapping[str, Any]) -> tuple[Owner, ...]:
        found: list[Owner] = []
        for section, path in self.values.sections(data, "owners", _PATH):
            self.values.known(section, OWNER, path)
            table, columns = self._table(section, "table", path), self.values.strings(section, "columns", path)
            if not columns:
                remedy = 'Write columns = ["..."] of the foreign key that owns the rows.'
                self.values.problem("plan-missing-key", path, "columns is missing.", remedy)
            if any(table == owner.table for owner in found):
                self.values.problem("plan-duplicate", path, f"{table} has two owners.", "Leave one of them.")
            if table is not None and columns:
                found.append(Owner(table, columns))
        return tuple(found)


def _number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and not isnan(value)
