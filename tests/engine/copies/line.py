"""A run that copies, through the command line and through the engine."""

from __future__ import annotations

from pathlib import Path

from connectors import open_database
from engine.clone import clone
from engine.evidence import Evidence
from engine.keys import MaskingKey
from engine.plan import Plan, TablePlan, Treatment
from engine.subset.spec import Copies, Subset
from engine.verify import verify
from engine.workspace import open_workspace
from tests.walk.line import Answer, HereDesk

KEY = MaskingKey("copies", b"k" * 32)
CLONE = '\n[clone]\ntable = "customer"\nkeys = [[17]]\ncopies = {copies}\n{more}'


def planned(desk: HereDesk, source: str, copies: int, more: str = "") -> None:
    """A plan whose letters are masked by tokens: to read free text a hundred times over is slow, and not what is tested."""
    assert desk.accept(source).status == 0
    text = desk.plan_path.read_text().replace('body = { mask = "free_text"', 'body = { mask = "token"')
    desk.plan_path.write_text(text + CLONE.format(copies=copies, more=more))


def copied(desk: HereDesk, source: str, target: str, *more: str) -> Answer:
    """A run that ends, and verifies clean."""
    answer = desk.run(source, target, *more)
    assert answer.status == 0, answer.err + answer.out
    checked = desk.verify(source, target)
    assert checked.status == 0, checked.out + checked.err
    return answer


def kept(source: str, copies: Copies, subset: Subset | None = None) -> Plan:
    """A plan that masks nothing."""
    with open_database(source) as database:
        tables = database.describe().tables
    return Plan(
        "kept",
        "copies",
        {t.name: TablePlan(Treatment.COPY, reason="test") for t in tables},
        clone=copies,
        subset=subset,
    )


def cloned(plan: Plan, source: str, target: str, folder: Path, mode: str = "new") -> Evidence:
    """The same through the engine."""
    workspace = open_workspace(folder)
    with open_database(source) as ours, open_database(target) as theirs:
        evidence = clone(plan, ours, theirs, KEY, workspace=workspace, mode=mode)
        assert verify(plan, theirs, KEY, workspace=workspace).faults() == []
    return evidence
