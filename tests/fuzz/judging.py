"""One random database through the whole main line, by the command line, and the verdict of plain SQL on what came out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from tests.fuzz.building import build
from tests.fuzz.shapes import Shape
from tests.oracle import Reader, judge, reader
from tests.walk.line import Answer, Desk


@dataclass(frozen=True)
class Outcome:
    """What became of one random database. Neither faults nor refused: cloned, and what it claims to be."""

    faults: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    """`check` stopped it before anything was written, with these codes: honest, yet `--accept` is no way to clone it."""


def clone(shape: Shape, source: str, target: str, desk: Desk) -> Outcome:
    """Build the source, run plan --accept, check, run and verify, and have the judge compare."""
    build(shape, source)
    planned = desk.accept(source)
    if planned.status not in (0, 3):
        return _failed("plan", planned)
    checked = desk.lookalike("check", str(desk.plan_path), "--source", source, "--target", target)
    if checked.status == 3:
        problems = [problem for problem in checked.json["problems"] if problem["severity"] == "error"]
        return Outcome(refused=tuple(sorted({problem["code"] for problem in problems})))
    for name, answer in (
        ("check", checked),
        ("run", desk.run(source, target)),
        ("verify", desk.verify(source, target)),
    ):
        if answer.status == 6:
            return Outcome(tuple(f"{name}: {fault}" for fault in answer.json["faults"]))
        if answer.status:
            return _failed(name, answer)
    return Outcome((*judge(source, target, desk.plan).faults, *_differences(source, target, desk.plan)))


def _failed(verb: str, answer: Answer) -> Outcome:
    return Outcome((f"{verb} ended with {answer.status}: {(answer.err or answer.out)[-1500:]}",))


def _differences(source_url: str, target_url: str, plan: dict[str, Any]) -> list[str]:
    """What masking must not change: how many rows each parent has, how many values are empty, how many a key tells apart."""
    source, target = reader(source_url), reader(target_url)
    found = []
    for name in source.tables():
        masked = plan["tables"][str(name)]["columns"]
        for key in source.keys(name):
            if _fan_out(source, name, key[1]) != _fan_out(target, name, key[1]):
                found.append(f"{name}.{key[1]}: other numbers of children")
        for column, rule in masked.items():
            before, after = source.values(name, column), target.values(name, column)
            if rule.get("mask") not in (
                "null",
                "constant",
                "json_path",
                "redact",
                "email",
                "phone",
                "username",
            ) and _nulls(before) != _nulls(after):
                found.append(f"{name}.{column}: other rows are NULL")
    return found


def _fan_out(database: Reader, name: Any, columns: tuple[str, ...]) -> Counter[int]:
    listed = ", ".join(database.q(column) for column in columns)
    rows = database.rows(f"select count(*) from {database.relation(name)} group by {listed}")
    return Counter(int(row[0]) for row in rows)


def _nulls(values: Counter[Any]) -> int:
    return values[None]
