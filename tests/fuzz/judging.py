"""One random database through the whole main line, by the command line, and the verdict of plain SQL on what came out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from tests.fuzz.building import build
from tests.fuzz.shapes import Shape
from tests.oracle import Reader, judge, reader
from tests.walk.line import Answer, Desk

_MAY_EMPTY = {"null", "constant", "json_path", "redact", "email", "phone", "username"}
"""Masks that may make a value NULL or a NULL a value."""


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
        return failed("plan", planned)
    if (stopped := stopped_by_check(desk, source, target)) is not None:
        return stopped
    ran = desk.run(source, target)
    if ran.status:
        return failed("run", ran)
    verified = desk.verify(source, target)
    if verified.status == 6:
        return Outcome(tuple(verified.json["faults"]))
    if verified.status:
        return failed("verify", verified)
    told = {(issue["table"], issue["column"]) for issue in ran.json["issues"] if issue["code"] == "values-unreadable"}
    return Outcome((*judge(source, target, desk.plan).faults, *_differences(source, target, desk.plan, told)))


def stopped_by_check(desk: Desk, source: str, target: str) -> Outcome | None:
    """What `check` makes of the plan where it does not let it pass."""
    checked = desk.lookalike("check", str(desk.plan_path), "--source", source, "--target", target)
    if checked.status == 3:
        problems = [problem for problem in checked.json["problems"] if problem["severity"] == "error"]
        return Outcome(refused=tuple(sorted({problem["code"] for problem in problems})))
    return failed("check", checked) if checked.status else None


def failed(verb: str, answer: Answer) -> Outcome:
    return Outcome((f"{verb} ended with {answer.status}: {(answer.err or answer.out)[-1500:]}",))


def _differences(source_url: str, target_url: str, plan: dict[str, Any], told: set[tuple[str, str]]) -> list[str]:
    """What masking must not change: how many rows each parent has, how many values are empty, how many a key tells apart."""
    source, target = reader(source_url), reader(target_url)
    found = []
    for name in source.tables():
        masked = plan["tables"][str(name)]["columns"]
        for key in source.keys(name):
            if _fan_out(source, name, key[1]) != _fan_out(target, name, key[1]):
                found.append(f"{name}.{key[1]}: other numbers of children")
        for column, rule in masked.items():
            if rule.get("mask") in _MAY_EMPTY or (str(name), column) in told:
                continue
            if source.values(name, column)[None] != target.values(name, column)[None]:
                found.append(f"{name}.{column}: other rows are NULL")
    return found


def _fan_out(database: Reader, name: Any, columns: tuple[str, ...]) -> Counter[int]:
    listed = ", ".join(database.q(column) for column in columns)
    rows = database.rows(f"select count(*) from {database.relation(name)} group by {listed}")
    return Counter(int(row[0]) for row in rows)
