"""Whatever tables there are and whatever the model says: no orphan, no duplicate, no broken condition, in a real database."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.synthesis.generate.repairs import GenerationError, Repairs
from engine.synthesis.structure import Goes
from tests.engine.synthesis.generate.made import Case, case, faults, load

PUBLIC = """
CREATE TABLE "Public" (code TEXT PRIMARY KEY, "no" INTEGER UNIQUE);
INSERT INTO "Public" VALUES ('a', 1), ('b', 2), ('c', 3), ('d', NULL);
CREATE TABLE pair (x INTEGER, y TEXT, PRIMARY KEY (x, y));
INSERT INTO pair VALUES (1, 'a'), (1, 'b'), (2, 'a');
"""
VALUES: dict[str, list[Any]] = {
    "INTEGER": [0, 1, 2, 3, 50, None], "TEXT": ["x", "X", "yy", "", None], "VARCHAR(3)": ["x", "abc", "Abd"],
    "DATE": ["2020-01-01", "2020-01-02", "2021-05-05", None], "DECIMAL(6,2)": [0.5, 1.0, 99.25], "BOOLEAN": [True, False],
}  # fmt: skip
CHECKS = {
    "INTEGER": ("{} > 0", "{} IN (1, 2, 3)", "{} BETWEEN 1 AND 60", "{} IS NULL OR {} <> 2"),
    "TEXT": ("{} LIKE 'y%' OR {} LIKE 'x%'", "length({}) > 0", "{} IN ('x', 'yy')"),
    "VARCHAR(3)": ("{} <> 'x'",),
    "DATE": ("{} >= '2020-01-02'",),
    "DECIMAL(6,2)": ("{} < 50",),
    "BOOLEAN": (),
}
KEYS = ("id INTEGER PRIMARY KEY", "id SMALLINT PRIMARY KEY", "id TEXT PRIMARY KEY", "id CHAR(4) PRIMARY KEY")


@dataclass
class Made:
    ddl: list[str] = field(default_factory=list)
    owners: dict[str, tuple[str, ...] | None] = field(default_factory=dict)
    goes: dict[tuple[str, str], Goes] = field(default_factory=dict)
    learned: dict[str, dict[str, Any]] = field(default_factory=dict)
    masked: dict[str, dict[str, str]] = field(default_factory=dict)
    keys: dict[str, tuple[str, ...]] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)


@st.composite
def schemas(draw: st.DrawFn) -> Made:
    """A root and up to three tables below it, each with columns, keys, conditions and links of any kind."""
    made = Made()
    for place in range(draw(st.integers(1, 4))):
        name = f"T {place}" if place % 2 else f"t{place}"
        _table(draw, made, name)
    return made


def _table(draw: st.DrawFn, made: Made, name: str) -> None:
    parts: list[str] = []
    above = draw(st.sampled_from(sorted(made.owners))) if made.owners else None
    key = draw(st.sampled_from((*KEYS, "position", "owner") if above else KEYS))
    owner: tuple[str, ...] = ()
    if above is not None:
        kind = made.types[above].split(",")
        owner = tuple(f"up_{column}" for column in made.keys[above])
        parts += [f'"{column}" {type_} NOT NULL' for column, type_ in zip(owner, kind, strict=True)]
    if key == "position":
        parts += ["pos INTEGER NOT NULL", f"PRIMARY KEY ({', '.join(owner)}, pos)"]
        made.keys[name], made.types[name] = (*owner, "pos"), f"{made.types[above]},INTEGER"
    elif key == "owner":
        parts.append(f"PRIMARY KEY ({', '.join(owner)})")
        made.keys[name], made.types[name] = owner, made.types[above]
    else:
        parts.insert(0, key)
        made.keys[name], made.types[name] = ("id",), key.split()[1]
    made.learned[name], made.masked[name] = {}, {}
    columns = _columns(draw, made, name, parts)
    _links(draw, made, name, above, parts)
    if columns and draw(st.booleans()):
        chosen = draw(st.lists(st.sampled_from(columns), min_size=1, max_size=2, unique=True))
        parts.append(f"UNIQUE ({', '.join([*(owner if draw(st.booleans()) else ()), *chosen])})")
    if above is not None:
        up = ", ".join(f'"{column}"' for column in made.keys[above])
        parts.append(f'FOREIGN KEY ({", ".join(owner)}) REFERENCES "{above}" ({up})')
    # SQLite wants table constraints behind the columns.
    parts.sort(key=lambda part: part.startswith(("PRIMARY", "UNIQUE", "FOREIGN", "CHECK")))
    made.ddl.append(f'CREATE TABLE "{name}" ({", ".join(parts)});')
    made.owners[name] = owner or None


def _columns(draw: st.DrawFn, made: Made, name: str, parts: list[str]) -> list[str]:
    columns = []
    for place in range(draw(st.integers(0, 3))):
        kind, column = draw(st.sampled_from(sorted(VALUES))), f"c{place}"
        known = VALUES[kind]
        required = draw(st.booleans())
        parts.append(f"{column} {kind}{' NOT NULL' if required else ''}")
        made.learned[name][column] = [value for value in known if value is not None or not required]
        if CHECKS[kind] and draw(st.booleans()):
            parts.append(f"CHECK ({draw(st.sampled_from(CHECKS[kind])).replace('{}', column)})")
        columns.append(column)
    if draw(st.booleans()):
        parts.append("mail VARCHAR(40) UNIQUE")
        made.masked[name]["mail"] = "email"
    return columns


def _links(draw: st.DrawFn, made: Made, name: str, above: str | None, parts: list[str]) -> None:
    key = made.keys[name]
    kinds = made.types[name].split(",")
    for kind in draw(
        st.lists(st.sampled_from(("learned", "drawn", "pair", "self", "partner")), max_size=2, unique=True)
    ):
        required = " NOT NULL" if draw(st.booleans()) else ""
        if kind in ("learned", "drawn"):
            parts += [f"{kind} TEXT{required}", f'FOREIGN KEY ({kind}) REFERENCES "Public" (code)']
            made.goes[name, kind] = Goes.PUBLIC if kind == "learned" else Goes.OUTSIDE
            if kind == "learned":
                made.learned[name][kind] = ["a", "b", "c", "gone"]
        elif kind == "pair":
            parts += ["px INTEGER", "py TEXT", "FOREIGN KEY (px, py) REFERENCES pair (x, y)"]
            made.goes[name, "px"] = Goes.PUBLIC
            made.learned[name]["px+py"] = [(1, "a"), (2, "a"), (9, "z"), None]
        else:
            own = [f"{kind}_{column}" for column in key]
            parts += [f"{column} {type_}{required}" for column, type_ in zip(own, kinds, strict=True)]
            parts.append(f'FOREIGN KEY ({", ".join(own)}) REFERENCES "{name}" ({", ".join(key)})')
            made.goes[name, own[0]] = Goes.INSIDE if kind == "self" else Goes.PARTNER


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(schemas(), st.integers(1, 60))
def test_a_database_takes_what_is_generated(made, entities):
    with tempfile.TemporaryDirectory() as folder:
        file, repairs = Path(folder) / "r.db", Repairs()
        ready = case(file, PUBLIC + "\n".join(made.ddl), made.owners, made.goes, made.learned, made.masked, most=3)
        blocks = _generated(ready, entities, repairs)
        if blocks is None:
            return
        load(file, ready.schema, blocks)
        assert faults(file, ready.schema) == {}
        assert sum(block[ready.structure.tables[0].table].num_rows for block in blocks) == entities
        assert repairs.unproven == set()


def _generated(ready: Case, entities: int, repairs: Repairs) -> list[Any] | None:
    """None where a unique key of few values has no room for so many roots: that is said, and is no fault."""
    try:
        return ready.generate(entities, repairs=repairs, block=25)
    except GenerationError as error:
        if "none of the generated rows keeps" in str(error):
            return None
        raise
