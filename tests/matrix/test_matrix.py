"""Every type, every edge value, every pair of engines: the value arrives as it was, or `check` says before the run that it cannot."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from engine.problems import Severity
from tests.matrix.cases import ENGINES, Case, Sheet, sheets
from tests.matrix.runs import OTHER_NOTE, Outcome, Source, build, clone_all, create, run_sql
from tests.matrix.tables import CASES

SHEETS = [sheet for engine in ENGINES for sheet in sheets(CASES[engine])]
ABROAD = [pytest.param(sheet, goal, id=f"{sheet.case.engine}-{goal}-{sheet.table}")
          for sheet in SHEETS for goal in ENGINES if goal != sheet.case.engine]  # fmt: skip


@pytest.fixture(scope="session")
def new(request, tmp_path_factory) -> Callable[[str], str]:  # type: ignore[no-untyped-def]
    """Makes a new empty database of an engine."""

    def create_one(engine: str) -> str:
        if engine == "sqlite":
            return f"sqlite:///{tmp_path_factory.mktemp('matrix')}/matrix.db"
        url: str = request.getfixturevalue(f"new_{engine}")()
        return url

    return create_one


@pytest.fixture(scope="session")
def source(new) -> Callable[[str], Source]:  # type: ignore[no-untyped-def]
    return _once(lambda engine: build(new(engine), engine, CASES[engine]))


@pytest.fixture(scope="session")
def outcome(new, source, tmp_path_factory) -> Callable[[str, str, bool], Outcome]:  # type: ignore[no-untyped-def]
    """One run for all tables of a pair. `existing`: into tables that stand already and differ, so that no byte passes as it is."""

    @_once
    def run(engine: str, goal: str, existing: bool = False) -> Outcome:
        origin, target = source(engine), new(goal)
        if existing:
            run_sql(target, goal, list(_prepared(origin)))
        folder: Path = tmp_path_factory.mktemp("workspace")
        return clone_all(origin, target, goal, folder)

    return run


def _once(make):  # type: ignore[no-untyped-def]
    """Like `cache`, yet what failed once is not tried again by each of a thousand tests."""

    @cache
    def tried(*words):  # type: ignore[no-untyped-def]
        try:
            return make(*words), None
        except Exception as error:  # noqa: BLE001 - raised in every test that needs it
            return None, error

    def made(*words):  # type: ignore[no-untyped-def]
        found, error = tried(*words)
        if error is not None:
            raise error
        return found

    return made


def _prepared(origin: Source):  # type: ignore[no-untyped-def]
    for sheet in origin.sheets:
        if sheet.case.setup and sheet.number == 0:
            yield sheet.case.setup
        yield create(sheet.table, sheet.case, OTHER_NOTE[origin.engine])


def _available(source: Callable[[str], Source], case: Case) -> None:
    lacking = source(case.engine).missing.get(case.name)
    if lacking:
        pytest.skip(f"this server has no {lacking}")


def _values(sheet: Sheet, found: dict[int, str | None]) -> dict[str, str | None]:
    labels = [value.label for value in sheet.values] + ["NULL"]
    return {labels[key - 1]: text for key, text in sorted(found.items())}


def _title(sheet: Sheet) -> str:
    return f"{sheet.case.engine}-{sheet.table}"


@pytest.mark.parametrize("sheet", SHEETS, ids=_title)
@pytest.mark.parametrize("existing", [False, True], ids=["fresh", "existing"])
def test_a_value_is_itself_in_the_same_engine(sheet, existing, source, outcome) -> None:  # type: ignore[no-untyped-def]
    """As the engine's own bytes where the tables are alike, as values where they are not; a masked neighbour in each row."""
    _available(source, sheet.case)
    run = outcome(sheet.case.engine, sheet.case.engine, existing)
    found, said = run.arrived[sheet.table], run.problems.get(sheet.table, [])
    wanted = {sheet.problem(sheet.case.engine)} - {""} if existing else set()
    assert {problem.code for problem in said if problem.severity is Severity.ERROR} == wanted
    if wanted:
        return
    assert found.failure == ""
    assert _values(sheet, found.target) == _values(sheet, found.source)
    if not sheet.case.alone:
        assert set(found.source_notes) & set(found.target_notes) <= {None}


@pytest.mark.parametrize(("sheet", "goal"), ABROAD)
def test_a_value_is_itself_in_another_engine_or_check_refuses_it(sheet, goal, source, outcome) -> None:  # type: ignore[no-untyped-def]
    _available(source, sheet.case)
    found, how = outcome(sheet.case.engine, goal), sheet.case.carried_to(goal)
    said = found.problems.get(sheet.table, [])
    errors = {problem.code for problem in said if problem.severity is Severity.ERROR}
    if wanted := sheet.problem(goal):
        assert errors == {wanted}
        assert all(problem.reason and problem.remedy for problem in said)
        return
    arrived = found.arrived[sheet.table]
    assert (errors, arrived.failure) == (set(), "")
    equal = {value.label: value.becomes[goal] for value in sheet.values if goal in value.becomes}
    assert _values(sheet, arrived.target) == _values(sheet, arrived.source) | equal
    assert arrived.column is not None
    assert arrived.column.native == how.native
    assert {p.code for p in said if p.column == "c"} == ({how.told} if how.told else set())
